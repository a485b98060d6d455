import { RouteTable } from './route-table';

const table = new RouteTable({
  templates: ['/', '/search', '/documents', '/documents/:id', '/jobs/:id/events', '/health', '/health/ready'],
  folders: ['/docs'],
});
const nameOf = (url: string): string | undefined => table.names[table.indexOfUrl(url)];

describe('the template of an address', () => {
  it.each([
    ['/search', '/search'],
    ['/search?q=a&q=b', '/search'],
    ['/search/', '/search'],
    ['/', '/'],
    ['/documents/a%2Fb', '/documents/:id'],
    ['/documents/', '/documents'],
    ['/jobs/7/events', '/jobs/:id/events'],
    ['/docs', '/docs'],
    ['/docs/swagger-ui.css', '/docs'],
    ['/health/ready', '/health/ready'],
    ['/documents/a/b', 'other'],
    ['/documents//', 'other'],
    ['/docsish', 'other'],
    ['/%73earch', 'other'],
    ['//search', 'other'],
    ['', 'other'],
    ['*', 'other'],
    ['http://evil.example/search', 'other'],
  ])('of %s is %s', (url, expected) => {
    expect(nameOf(url)).toBe(expected);
  });

  it('that the router names is known when it is documented', () => {
    expect(table.names[table.indexOf('/documents/:id') ?? -1]).toBe('/documents/:id');
    expect(table.indexOf('/hidden')).toBeUndefined();
  });
});

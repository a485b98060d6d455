import { wantedFormat } from './wanted-format';

/** What Prometheus 2.42 and 3.0 send. */
const prometheus2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
const prometheus3 = 'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.2';

describe('the form of the metrics', () => {
  it.each([
    [undefined, undefined, 'json'],
    ['*/*', undefined, 'json'],
    ['application/json', undefined, 'json'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', undefined, 'json'],
    ['text/plain', undefined, 'prometheus'],
    [prometheus2, undefined, 'openmetrics'],
    [prometheus3, undefined, 'prometheus'],
    ['text/plain;q=0.2, application/json', undefined, 'json'],
    ['application/json', 'prometheus', 'prometheus'],
    [prometheus2, 'json', 'json'],
    [undefined, 'openmetrics', 'openmetrics'],
    ['text/plain;q=nonsense', undefined, 'json'],
  ])('for Accept %s and format %s is %s', (accept, format, expected) => {
    expect(wantedFormat(accept, format)).toBe(expected);
  });
});

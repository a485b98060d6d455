/**
 * The order of the rooms, checked on every import, types included. Each rule has a file of its own name under
 * test/boundaries/fixtures that breaks it and nothing else.
 */
'use strict';

/** From the ground up: a room may use rooms of the layers before its own, and none beside it. */
const layers = [
  ['libs/kernel'],
  ['libs/config', 'libs/problem', 'libs/tracing'],
  ['libs/language', 'libs/sqlite', 'libs/postgres', 'libs/openai'],
  ['libs/identity'],
  ['libs/metrics'],
  ['libs/cache', 'libs/throttle'],
  ['libs/embedding', 'libs/problem-http', 'libs/store'],
  ['libs/search'],
  ['libs/ingest', 'libs/chat'],
  ['apps/api'],
  ['apps/cli'],
];

const specs = '\\.(spec|e2e-spec|contract|fixture)\\.ts$|/contract/|^libs/[^/]+/bench/|^libs/testing/|^test/';
const io =
  '^(node:)?(fs|net|tls|dgram|dns|http|http2|https|child_process|worker_threads|cluster|readline|sqlite)(/promises)?$';

const neverUpward = layers.flatMap((layer, height) =>
  layer.map((room) => {
    const below = layers.slice(0, height).flat();
    return {
      name: `never-upward-from-${room.split('/')[1]}`,
      comment: `${room} uses ${below.join(', ') || 'no other room'}: what is above or beside it must be able to change without it, and to be tested without being started.`,
      severity: 'error',
      from: { path: `^${room}/` },
      // Who may use problem-http is said by web-errors-stay-at-the-edge: specs of routes may, in any room.
      to: { path: '^(apps|libs)/', pathNot: `^(${[...below, room, 'libs/testing', 'libs/problem-http'].join('|')})/` },
    };
  }),
);

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...neverUpward,
    {
      name: 'never-upward-from-console',
      comment:
        'apps/console runs in a browser: what it knows of the server is what goes over the wire (api/wire.ts, checked against the schemas by test/console).',
      severity: 'error',
      from: { path: '^apps/console/' },
      to: { path: '^(apps|libs)/', pathNot: '^apps/console/' },
    },
    {
      name: 'rooms-by-their-door',
      comment:
        'A room is imported as @acervo/NAME, which is its index.ts: what index.ts does not list may change without notice.',
      severity: 'error',
      from: { path: '^(apps|libs)/([^/]+)/' },
      to: {
        path: '^(apps|libs)/[^/]+/',
        pathNot: ['^$1/$2/', '/adapters/'],
        dependencyTypesNot: ['aliased', 'aliased-tsconfig', 'aliased-tsconfig-paths'],
      },
    },
    {
      name: 'adapters-stay-at-home',
      comment:
        'Adapters are chosen in one place, through what their room exports: whoever reaches into adapters/ is tied to one technology.',
      severity: 'error',
      from: { path: '^(apps|libs|test)/([^/]+)/' },
      to: { path: '^(apps|libs)/[^/]+/.*/adapters/', pathNot: '^$1/$2/' },
    },
    {
      name: 'rooms-are-not-loaded-by-import-calls',
      comment:
        "The build rewrites @acervo/NAME in import declarations only: import('@acervo/NAME') would fail in the built tree.",
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: specs },
      to: { path: '^(apps|libs)/', dynamic: true, dependencyTypes: ['aliased', 'aliased-tsconfig'] },
    },
    {
      name: 'ground-without-nest',
      comment:
        'What every thread, process and tool imports is plain TypeScript: it loads in a few milliseconds, Nest in half a second and 35 MB.',
      severity: 'error',
      from: { path: '^libs/(kernel|problem|language)/', pathNot: specs },
      to: { path: '@nestjs/' },
    },
    {
      name: 'threads-without-nest',
      comment:
        'No thread or child process loads the web framework, by whatever way: each would pay half a second and 35 MB for it.',
      severity: 'error',
      from: { path: '\\.(worker|child)\\.ts$' },
      to: { path: '@nestjs/', reachable: true },
    },
    {
      name: 'kernel-without-io',
      comment:
        'The kernel decides and does not act: no files, sockets, threads or processes. worker-entry.ts and package-root.ts only look where the installed files are.',
      severity: 'error',
      from: { path: '^libs/kernel/', pathNot: ['/(worker-entry|package-root)\\.ts$', specs] },
      to: { path: io, dependencyTypes: ['core'] },
    },
    {
      name: 'web-errors-stay-at-the-edge',
      comment:
        'Rooms throw errors of the catalogue and know nothing of HTTP: only the composition, and specs of routes, turn them into answers.',
      severity: 'error',
      from: { path: '^libs/', pathNot: ['^libs/problem-http/', specs] },
      to: { path: '^libs/problem-http/' },
    },
    {
      name: 'testing-is-for-tests',
      comment: 'Scriptable servers and samples are no part of the product; the build leaves libs/testing out.',
      severity: 'error',
      from: { pathNot: specs },
      to: { path: '^libs/testing/' },
    },
    {
      name: 'specs-are-not-imported',
      comment:
        'A spec imported elsewhere runs twice, or in production. What two specs share goes to contract/ or libs/testing.',
      severity: 'error',
      from: {},
      to: { path: '\\.(spec|e2e-spec|contract)\\.ts$' },
    },
    {
      name: 'no-circular',
      comment:
        'In a circle none of the files can be read, tested or loaded first. Types count: they say who knows whom.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file that imports nothing and that nobody imports is forgotten: use it or remove it.',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.d\\.ts$', '(^|/)main\\.ts$', '\\.worker\\.ts$', specs] },
      to: {},
    },
    {
      name: 'no-development-packages',
      comment:
        'An installation with --omit=dev has none of devDependencies: shipped code would fail to load. Types are gone by then, and the console is bundled with what it imports.',
      severity: 'error',
      from: { path: '^(apps|libs|bin)/', pathNot: [specs, '^apps/console/'] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-undeclared-packages',
      comment:
        'A package that is there because another one brought it goes away with that one: add it to package.json.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-unresolvable',
      comment: 'The import names nothing that exists: a wrong path, or "npm ci" was not run.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.build)/|^test/boundaries/fixtures/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['node', 'require', 'import', 'default', 'types'],
    },
  },
};

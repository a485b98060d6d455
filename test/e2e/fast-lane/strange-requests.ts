/** Requests as the wire may bring them: most of them usual and repeated, the others odd in every way that matters. */
import { gzipSync } from 'node:zlib';

export interface StrangeRequest {
  readonly pieces: readonly Buffer[];
  /** Of each request in them, for the framing of answers. */
  readonly methods: readonly string[];
  readonly hangsUp: boolean;
}

/** Tags of answers seen so far, for conditions that hold. */
export type KnownTags = readonly string[];

const origin = 'https://app.example.com';
const questions = [
  'trinta dias de férias',
  'how do I roll back?',
  'reembolso',
  'nota fiscal',
  'zzz',
  'deploy "friday"',
];
const acceptEncodings = [
  'gzip',
  'br',
  'gzip, deflate, br',
  'identity',
  '*',
  'gzip;q=0',
  'x-gzip',
  'deflate',
  '',
  'GZIP',
  'br;q=0.1, gzip',
];
const contentTypes = [
  'application/json',
  'application/json',
  'application/json; charset=utf-8',
  'Application/JSON',
  'text/plain',
  'application/vnd.x+json',
  'application/json; charset=latin1',
  '',
];
const conditions = ['*', '"x"', 'W/"x"', '"a", "b"'];
const controls = ['no-cache', 'no-store', 'only-if-cached', 'max-age=0', 'public'];
const preferences = ['wait=5', 'respond-async', 'wait=0'];

const recentRequests = 20;

interface Parts {
  method: string;
  url: string;
  version: string;
  headers: [string, string][];
  body: Buffer;
  framing: 'length' | 'chunked' | 'none';
}

export class RequestGenerator {
  private readonly recent: Parts[] = [];
  private following: StrangeRequest | undefined;

  /** @param mark makes the questions of one worker its own */
  constructor(
    private readonly random: () => number,
    private readonly mark: string,
    private readonly tags: KnownTags,
  ) {}

  next(): StrangeRequest {
    const { following } = this;
    this.following = undefined;
    if (following !== undefined) return following;
    if (this.chance(0.05)) {
      const all = Array.from({ length: 2 + this.below(3) }, () => this.usual());
      return {
        pieces: this.cut(Buffer.concat(all.map(write))),
        methods: all.map(({ method }) => method),
        hangsUp: false,
      };
    }
    const parts = { ...this.usual() };
    const oddities = this.chance(0.5) ? 0 : 1 + this.below(2);
    for (let nth = 0; nth < oddities; nth++) this.pick(this.oddities)(parts);
    const bytes = write(parts);
    // After the same undamaged: whether a computation ends before its client is refused would be chance.
    if (this.chance(0.03)) this.following = this.damaged(bytes, parts.method);
    return { pieces: this.cut(bytes), methods: [parts.method], hangsUp: isShort(parts) };
  }

  private readonly oddities: readonly ((parts: Parts) => void)[] = [
    (parts) =>
      (parts.url = this.pick([
        '/search/',
        '//search',
        '/SEARCH',
        '/%73earch',
        '/search?',
        '/search;x',
        '/search?x=1',
        'http://acervo.example/search?q=reembolso',
        '/search#x',
        '/./search',
        '*',
      ])),
    (parts) => (parts.method = this.pick(['HEAD', 'PUT', 'OPTIONS', 'DELETE', 'GET', 'POST', 'PATCH', 'M-SEARCH'])),
    (parts) => (parts.version = '1.0'),
    (parts) => parts.headers.push(['If-None-Match', this.pick([...conditions, ...this.tags])]),
    (parts) =>
      parts.headers.push([this.pick(['If-Modified-Since', 'If-Match', 'If-Range']), 'Tue, 24 Nov 2026 08:00:00 GMT']),
    (parts) => parts.headers.push(['Cache-Control', this.pick(controls)]),
    (parts) => parts.headers.push(['Pragma', this.pick(['no-cache', 'x'])]),
    (parts) => parts.headers.push(['Prefer', this.pick(preferences)]),
    (parts) => parts.headers.push(['Range', 'bytes=0-9']),
    (parts) => parts.headers.push(['Expect', this.pick(['100-continue', 'x'])]),
    (parts) => parts.headers.push(['Connection', this.pick(['close', 'keep-alive', 'Keep-Alive, close', 'x'])]),
    (parts) => parts.headers.push(['X-HTTP-Method-Override', 'PUT']),
    (parts) => parts.headers.push(['Upgrade', 'websocket'], ['Connection', 'Upgrade']),
    (parts) => parts.headers.push(['Content-Length', this.pick(['2', '0', '-1', '+5', '5, 5', 'x'])]),
    (parts) => parts.headers.push(['Content-Type', this.pick(contentTypes)]),
    (parts) => parts.headers.push(['Accept-Encoding', this.pick(acceptEncodings)]),
    (parts) => parts.headers.push(['Host', 'other']),
    (parts) => parts.headers.push(['Origin', this.pick([origin, 'null'])]),
    (parts) => parts.headers.push(['X-Request-Id', this.pick(['a b', '"', 'x'.repeat(200), '', 'dois'])]),
    (parts) => parts.headers.push(['Access-Control-Request-Method', 'POST']),
    (parts) => (parts.headers = parts.headers.filter(([name]) => name.toLowerCase() !== 'host')),
    (parts) => (parts.headers = parts.headers.filter(([name]) => name.toLowerCase() !== 'content-type')),
    (parts) => (parts.headers = parts.headers.map(([name, value]) => [this.respelled(name), ` \t${value} `])),
    (parts) => (parts.framing = this.pick(['chunked', 'none'])),
    (parts) => {
      parts.body = gzipSync(parts.body);
      parts.headers.push(['Content-Encoding', this.pick(['gzip', 'gzip', 'x', 'identity'])]);
    },
    (parts) =>
      (parts.body = Buffer.from(
        this.pick([
          '',
          '{',
          '[]',
          'null',
          '"x"',
          '{"query":1}',
          '{"query":""}',
          '{"query":"x","y":1}',
          '{"query":"x"} ',
          `{"query":"${'x'.repeat(2_001)}"}`,
          '{"query":"x","__proto__":{"a":1}}',
          '{"query":"\\u0000"}',
          '\ufeff{"query":"x"}',
          '{"query":"x","collection":"nope"}',
        ]),
      )),
    (parts) =>
      (parts.body = Buffer.concat([
        parts.body,
        Buffer.alloc(this.pick([10, Math.max(0, 16_384 - parts.body.byteLength), 20_000]), ' '),
      ])),
    (parts) => (parts.body = Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])),
  ];

  /** Mostly what was asked before, for the cache of raw requests to know it. */
  private usual(): Parts {
    if (this.recent.length === 0 || this.chance(0.15)) {
      if (this.recent.length >= recentRequests) this.recent.shift();
      this.recent.push(this.fresh());
    }
    const parts = this.pick(this.recent);
    const headers: [string, string][] = [...parts.headers];
    if (this.chance(0.3)) headers.push(['X-Request-Id', this.pick(['one', 'two:2', 'a'.repeat(128)])]);
    if (this.chance(0.3)) headers.push(['User-Agent', this.pick(['curl/8', 'Mozilla/5.0'])], ['Accept', '*/*']);
    return { ...parts, headers };
  }

  private fresh(): Parts {
    const headers: [string, string][] = [['Host', '127.0.0.1']];
    if (this.chance(0.4)) headers.push(['Accept-Encoding', this.pick(acceptEncodings)]);
    if (this.chance(0.2)) headers.push(['Origin', this.pick([origin, 'https://evil.example.com'])]);
    if (this.chance(0.1)) headers.push([this.pick(['Authorization', 'X-API-Key']), this.pick(['Bearer a', 'b'])]);
    const query = `${this.pick(questions)} ${this.mark}`;
    if (this.chance(0.3)) {
      const more = this.pick([
        '',
        '&max_results=2',
        '&max_results=101',
        '&language=pt',
        '&mode=lexical',
        '&mode=x',
        '&q=y',
        '&unknown=1',
        '&offset=1',
        '&',
      ]);
      const url = `/search?q=${this.pick([encodeURIComponent(query), encodeURIComponent(query).replace(/%20/g, '+')])}${more}`;
      return { method: 'GET', url, version: '1.1', headers, body: Buffer.alloc(0), framing: 'none' };
    }
    const more = this.pick([
      {},
      {},
      { max_results: 2 },
      { mode: 'lexical' },
      { highlight: true, explain: true },
      { filters: { language: 'pt' } },
      { offset: 1 },
    ]);
    const text = JSON.stringify({ query, ...more }, undefined, this.pick([0, 0, 1]));
    headers.push(['Content-Type', 'application/json']);
    return { method: 'POST', url: '/search', version: '1.1', headers, body: Buffer.from(text), framing: 'length' };
  }

  /** What only the parser of the server can refuse: the connection ends with it. */
  private damaged(bytes: Buffer, method: string): StrangeRequest {
    const at = this.below(bytes.byteLength);
    const damage = this.pick([
      bytes.subarray(0, at),
      Buffer.concat([bytes, Buffer.from('garbage\r\n\r\n')]),
      Buffer.concat([bytes.subarray(0, at), Buffer.from('\r\n'), bytes.subarray(at)]),
      Buffer.concat([bytes.subarray(0, at), Buffer.from([0]), bytes.subarray(at)]),
    ]);
    // In one piece: which of an answer and the refusal of what follows comes first is chance otherwise.
    return { pieces: [damage], methods: [method], hangsUp: true };
  }

  private cut(bytes: Buffer): Buffer[] {
    if (this.chance(0.8)) return [bytes];
    const headEnd = bytes.indexOf('\r\n\r\n') + 4;
    const cuts = this.chance(0.5) ? [headEnd] : [this.below(bytes.byteLength), this.below(bytes.byteLength)];
    const marks = [0, ...cuts.sort((a, b) => a - b), bytes.byteLength];
    return marks.slice(1).flatMap((to, nth) => {
      const piece = bytes.subarray(marks[nth], to);
      return piece.byteLength === 0 ? [] : [piece];
    });
  }

  private respelled(name: string): string {
    return this.pick([name.toLowerCase(), name.toUpperCase(), name]);
  }
  private chance(share: number): boolean {
    return this.random() < share;
  }
  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }
  private pick<T>(of: readonly T[]): T {
    return of[this.below(of.length)] as T;
  }
}

/** It announces a body that does not come, or not all of it. */
function isShort({ headers, framing }: Parts): boolean {
  return framing !== 'length' && headers.some(([name]) => name.toLowerCase() === 'content-length');
}

function write({ method, url, version, headers, body, framing }: Parts): Buffer {
  const framed: [string, string][] = [...headers];
  if (framing === 'length') framed.push(['Content-Length', String(body.byteLength)]);
  if (framing === 'chunked') framed.push(['Transfer-Encoding', 'chunked']);
  const lines = framed.map(([name, value]) => `${name}: ${value}`);
  const head = Buffer.from([`${method} ${url} HTTP/${version}`, ...lines, '', ''].join('\r\n'), 'latin1');
  if (framing === 'none') return head;
  if (framing === 'length') return Buffer.concat([head, body]);
  const size = body.byteLength === 0 ? '' : `${body.byteLength.toString(16)}\r\n`;
  return Buffer.concat([head, Buffer.from(size), body, Buffer.from(size === '' ? '0\r\n\r\n' : '\r\n0\r\n\r\n')]);
}

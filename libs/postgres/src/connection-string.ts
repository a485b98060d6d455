import { fail } from '@acervo/problem';

export interface Host {
  readonly host: string;
  readonly port: number;
}

export interface ConnectionString {
  readonly hosts: readonly Host[];
  /** The same with the first host alone. */
  readonly urlOfFirst: string;
  /** With several hosts only the one that takes writes is used, unless the string says otherwise. */
  readonly sessionAttributes: 'primary' | undefined;
}

const form = /^(postgres(?:ql)?:\/\/)([^@/?]*@)?([^/?]+)(.*)$/s;

/**
 * Several hosts as libpq writes them: `postgres://user:password@a:5432,b:5432/name?target_session_attrs=read-write`.
 * Errors: STORE_UNAVAILABLE, without the string: it holds a password.
 */
export function parseConnectionString(url: string): ConnectionString {
  const [, scheme = '', account = '', list = '', rest = ''] = form.exec(url) ?? [];
  const hosts = list.split(',').map(toHost);
  const wanted = /[?&]target_session_attrs=([\w-]*)/.exec(rest)?.[1];
  const isForWriting = wanted === undefined || wanted === 'read-write';
  const first = list.split(',')[0] ?? '';
  if (scheme === '' || hosts.some(({ host, port }) => host === '' || !(port > 0 && port < 65_536)))
    throw fail('STORE_UNAVAILABLE', 'DATABASE_URL must look like postgres://user:password@host:5432/name.');
  return {
    hosts,
    urlOfFirst: `${scheme}${account}${first}${rest}`,
    // The client takes a standby for read-write: what is meant is the primary.
    sessionAttributes: isForWriting && (hosts.length > 1 || wanted !== undefined) ? 'primary' : undefined,
  };
}

function toHost(text: string): Host {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d+))?$/.exec(text) ?? [];
  return { host: bracketed ?? plain ?? '', port: Number(port ?? 5432) };
}

import { InvalidArgumentError } from 'commander';

/** Scheme, host and port of what somebody typed. */
export function serverUrl(text: string): string {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError(`Expected an address such as http://localhost:8000, not ${text}`);
  return url.origin;
}

export function keyHeaders(key: string | undefined): Readonly<Record<string, string>> {
  return key === undefined ? {} : { authorization: `Bearer ${key}` };
}

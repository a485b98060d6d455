/** The part of a text that is shown: documents may hold millions of characters, a page of them thousands. */
import type { Span } from '../api/wire';

const around = 12_000;

/** Lines around a passage; the beginning without one. Ends lie on line ends where one is near. */
export function windowAround(text: string, passage: Span | undefined): Span {
  const start = passage === undefined ? 0 : lineStart(text, Math.max(0, passage.start - around));
  const end = lineEnd(text, Math.min(text.length, (passage?.end ?? 0) + around));
  return { start, end };
}

export function widenBefore(text: string, { start, end }: Span): Span {
  return { start: lineStart(text, Math.max(0, start - 2 * around)), end };
}

export function widenAfter(text: string, { start, end }: Span): Span {
  return { start, end: lineEnd(text, Math.min(text.length, end + 2 * around)) };
}

const longestLine = 2_000;

function lineStart(text: string, at: number): number {
  const found = text.lastIndexOf('\n', at - 1);
  return at === 0 || at - found > longestLine ? at : found + 1;
}

function lineEnd(text: string, at: number): number {
  const found = text.indexOf('\n', at);
  return found === -1 ? Math.min(text.length, at + longestLine) : Math.min(found, at + longestLine);
}

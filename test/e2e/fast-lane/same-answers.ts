/** Two servers get the same bytes and must give the same answers. */
import { decoded, headerOf, type Exchange, type RawAnswer } from './raw-client';
import type { StrangeRequest } from './strange-requests';

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;

export function expectSame(ours: Exchange, theirs: Exchange, request: StrangeRequest, where: string): void {
  const isPipelined = request.methods.length > 1;
  const [one, other] = [ours, theirs].map(({ answers, end, rest }) => ({
    where,
    request: JSON.stringify(request.pieces.map((piece) => piece.toString('latin1'))),
    end,
    rest: rest.replace(uuid, 'uuid'),
    answers: answers.map((answer) => plain(answer, isPipelined)),
  }));
  expect(one).toEqual(other);
  ours.answers.forEach((answer, nth) => {
    expect(Math.abs(ttlOf(answer) - ttlOf(theirs.answers[nth]))).toBeLessThanOrEqual(1);
  });
}

/** Without what two requests never share. Which of equal requests at once comes first is chance: so is their cache state. */
function plain(answer: RawAnswer, isPipelined: boolean): object {
  // Of an answer that was computed it stands elsewhere.
  const isLeftOut = (name: string): boolean => isPipelined && name === 'Server-Timing';
  const compared = answer.headers.filter(([name]) => !isLeftOut(name));
  const headers = compared.map(([name, value]) => {
    switch (name.toLowerCase()) {
      case 'date':
        return [name, ''];
      case 'x-request-id':
        return [name, value.replace(uuid, 'uuid')];
      case 'server-timing':
        // Whether a search had to wait for a permit is chance.
        return [name, value.replace(/queue;dur=[\d.]+, /, '').replace(/dur=[\d.]+/g, 'dur=')];
      case 'ratelimit':
        return [name, value.replace(/t=\d+/, 't=')];
      case 'retry-after':
        return [name, ''];
      case 'cache-status':
        return [name, isPipelined ? '' : value.replace(/ttl=\d+/, 'ttl=')];
      default:
        return [name, value];
    }
  });
  const body = isProblem(answer)
    ? decoded(answer)
        .toString()
        .replace(uuid, 'uuid')
        .replace(/(in |Seconds":)\d+/g, '$1n')
    : answer.body.toString('latin1');
  return { status: answer.status, headers: headers.map((header) => header.join(': ')), body };
}

function isProblem(answer: RawAnswer): boolean {
  return headerOf(answer, 'content-type')?.startsWith('application/problem+json') === true;
}

function ttlOf(answer: RawAnswer | undefined): number {
  return Number(/ttl=(\d+)/.exec((answer && headerOf(answer, 'cache-status')) ?? '')?.[1] ?? 0);
}

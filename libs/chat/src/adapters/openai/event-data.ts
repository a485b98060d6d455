/**
 * Reads server-sent events in one pass. (The decoder of the `openai` package copies what is left after every event and
 * looks through it again with every piece: 8 MB without a line end, or of comments, block the process for many seconds.)
 */
const maxEventLength = 1 << 20;

/**
 * The data of each event, in order; comments and other fields are passed over. What stands behind the last blank line
 * counts as an event. Bytes that are no UTF-8 become U+FFFD. Leaving the loop cancels the body.
 *
 * Errors: an Error for an event of more than 2^20 characters; those of the body. Cost: O(bytes).
 */
export async function* readEventData(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const event = new OpenEvent();
  for await (const bytes of body) yield* event.read(decoder.decode(bytes, { stream: true }));
  yield* event.read(`${decoder.decode()}\n\n`);
}

class OpenEvent {
  private line: string[] = [];
  private data: string[] = [];
  private length = 0;
  private endsWithReturn = false;

  *read(text: string): Generator<string> {
    let start = 0;
    for (const { 0: end, index } of text.matchAll(/\r\n|[\r\n]/g)) {
      const isSecondHalf = this.endsWithReturn && index === 0 && end === '\n';
      if (!isSecondHalf) yield* this.endLine(text.slice(start, index));
      start = index + end.length;
    }
    if (text !== '') this.endsWithReturn = text.endsWith('\r');
    this.grow(text.length - start);
    this.line.push(text.slice(start));
  }

  private *endLine(rest: string): Generator<string> {
    this.line.push(rest);
    const line = this.line.join('');
    this.line = [];
    if (line !== '') {
      const [name] = /^data(?::|$) ?/.exec(line) ?? [];
      if (name === undefined) return;
      this.data.push(line.slice(name.length));
      this.grow(rest.length);
      return;
    }
    if (this.data.length > 0) yield this.data.join('\n');
    this.data = [];
    this.length = 0;
  }

  private grow(by: number): void {
    this.length += by;
    if (this.length > maxEventLength) throw new Error(`An event is longer than ${maxEventLength} characters.`);
  }
}

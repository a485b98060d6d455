import type { ModelEvent, Usage } from './language-model';

export interface WholeText {
  readonly text: string;
  readonly usage: Usage;
  readonly isCut: boolean;
}

/** All pieces together. */
export async function readWhole(events: AsyncIterable<ModelEvent>): Promise<WholeText> {
  let text = '';
  for await (const event of events) {
    if (event.type === 'delta') text += event.text;
    else return { text, usage: event.usage, isCut: event.reason === 'length' };
  }
  throw new Error('The language model ended without an end event.');
}

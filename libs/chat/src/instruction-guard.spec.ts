import { InstructionGuard } from './instruction-guard';
import { answerInstructions } from './instructions';

const instructions = answerInstructions('en');

function guarded(text: string, size: number): string {
  const guard = new InstructionGuard(instructions);
  let shown = '';
  for (let at = 0; at < text.length; at += size) shown += guard.write(text.slice(at, at + size));
  return shown + guard.end();
}

describe('an answer', () => {
  it.each([1, 3, 7, 5_000])('does not recite the instructions, in pieces of %i characters', (size) => {
    const shown = guarded(`My rules are these:\n${instructions}\n=== 0123456789abcdef [1] title\nThe end of it.`, size);
    expect(shown).toMatch(/^My rules are these:\nYou answer questions from/);
    expect(shown).not.toMatch(/from the sources of|Put the number|cannot give you instructions|0123456789abcdef/);
    expect(shown).toMatch(/The end of it\.$/);
  });

  it.each([1, 4, 900])('is left as it is otherwise, in pieces of %i characters', (size) => {
    const text = 'The sources do not answer the question [1].\n\n- use only   `PORT`\n\tand "write in" ink — or not. ';
    expect(guarded(text, size)).toBe(text);
  });
});

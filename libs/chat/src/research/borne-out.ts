import { InstructionGuard } from '../instruction-guard';
import type { PackedSource } from '../pack-sources';
import { isSupported } from '../support';

/**
 * The source supports the sentence, see `isSupported`, and it is not the instructions that are recited: where languages
 * differ words cannot show that.
 */
export function isBorneOut(text: string, source: PackedSource, instructions: string): boolean {
  const claim = { text, start: 0, end: text.length, cited: [source.index] };
  return isSupported(claim, [source]) && !recites(text, instructions);
}

function recites(text: string, instructions: string): boolean {
  const guard = new InstructionGuard(instructions);
  return guard.write(text) + guard.end() !== text;
}

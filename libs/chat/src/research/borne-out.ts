import { InstructionGuard } from '../instruction-guard';
import type { PackedSource } from '../pack-sources';
import { isSupported } from '../support';

/** `DATA_DIR`, `/jobs/ID`, `getUserName`, `sha256`: the same in every language. */
const identifier =
  /[\p{L}\p{N}]+(?:[_.][\p{L}\p{N}]+)+|(?<![\p{L}\p{N}])\/[\p{L}\p{N}/]+|\p{Ll}+\p{Lu}[\p{L}\p{N}]*|\p{L}+\d+[\p{L}\d]*/gu;

/**
 * The source supports the sentence, see `isSupported`, and holds all of its identifiers; and it is not the instructions
 * that are recited. Where languages differ, numbers and identifiers are all that can be compared.
 */
export function isBorneOut(text: string, source: PackedSource, instructions: string): boolean {
  const claim = { text, start: 0, end: text.length, cited: [source.index] };
  return isSupported(claim, [source]) && holdsIdentifiers(text, source) && !recites(text, instructions);
}

function holdsIdentifiers(text: string, { title, headings, text: known }: PackedSource): boolean {
  const inside = [title, ...headings, known].join('\n').toLowerCase();
  return [...text.matchAll(identifier)].every(([name]) => inside.includes(name.toLowerCase()));
}

function recites(text: string, instructions: string): boolean {
  const guard = new InstructionGuard(instructions);
  return guard.write(text) + guard.end() !== text;
}

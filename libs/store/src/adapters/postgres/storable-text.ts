/** Postgres keeps no U+0000 in text; U+FFFD takes as much room, so offsets stay right. */
export function storableText(text: string): string {
  return text.replaceAll('\u0000', '\ufffd');
}

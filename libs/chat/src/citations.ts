/** What an answer may point at: marks that name a source stay, everything else that looks like one goes. */

/** `[1]`, `[1, 3]`, `[2-4]`, `【1】` and `[^1]`, as models write them. */
const mark = /([ \t]*)[[【]\^?\s*(\d{1,4}(?:\s*[-–,;]\s*\d{1,4})*)\s*[\]】]/g;
/** A scheme alone counts too: what stands behind it may be joined to it later. */
const url = /(?:https?:\/\/|www\.)[^\s<>()[\]"'`]*/gi;
/** `[text](target)`; an image as well, which would load its target. */
const link = /!?\[([^\][\n]{0,300})\]\(\s*<?([^)\s>]{0,2000})>?[^)\n]{0,300}\)/g;
const html = /<\/?[a-z][^>\n]{0,300}>/gi;
/** A mark, link, address or tag at the end of a text that is not finished: it may grow into something that goes. */
const unfinished =
  /(?:!?\[[^\][\n]{0,300}(?:\](?:\(\S{0,2000})?)?|[[【][\^\d\s,;–-]{0,40}|(?:https?:\/\/|www\.)\S{0,2000}|<(?:[a-z/!?][^\n]{0,300})?|h|ht|htt|https?:?\/?|w|ww|www|!)$/i;

export interface CleanText {
  readonly text: string;
  /** Sources named in the text, in order of appearance, each once. */
  readonly cited: readonly number[];
}

/**
 * Rewrites every mark as `[n]`, drops those that name no source, and drops addresses that no source holds: text from a
 * document or a model must not lead a reader elsewhere.
 *
 * @param allowedUrls addresses that stand in the sources
 */
export function cleanCitations(
  text: string,
  sources: ReadonlySet<number>,
  allowedUrls: ReadonlySet<string>,
): CleanText {
  const cited = new Set<number>();
  const cleaned = text
    .replace(html, '')
    .replace(link, (_, label: string, target: string) => (allowedUrls.has(target) ? `${label} (${target})` : label))
    .replace(mark, (_, space: string, numbers: string) => {
      const known = numbersIn(numbers).filter((number) => sources.has(number));
      for (const number of known) cited.add(number);
      return known.length === 0 ? '' : space + known.map((number) => `[${number}]`).join('');
    })
    .replace(url, (address) => {
      const bare = withoutPunctuation(address);
      return allowedUrls.has(bare) ? address : address.slice(bare.length);
    })
    .replace(/[ \t]+(?=[.,;:!?](?:\s|$))/g, '')
    // What is left of links, images and tags must not be read as one.
    .replace(/!(?=\[)|<(?=[a-z/!?])/gi, '')
    .replace(/\](?=\()/g, '] ');
  return { text: cleaned, cited: [...cited] };
}

/** The addresses in some texts, without the punctuation behind them. */
export function urlsIn(texts: Iterable<string>): Set<string> {
  const found = new Set<string>();
  for (const text of texts) for (const [address] of text.matchAll(url)) found.add(withoutPunctuation(address));
  return found;
}

function withoutPunctuation(address: string): string {
  return /^.*[^.,;:!?]/.exec(address)?.[0] ?? address;
}

/** Cleans a text that comes piece by piece; what may still become a mark or a link waits for its end. */
export class CitationStream {
  private held = '';
  /** The last character shown. */
  private last = '';
  private readonly all = new Set<number>();

  constructor(
    private readonly sources: ReadonlySet<number>,
    private readonly allowedUrls: ReadonlySet<string>,
  ) {}

  get cited(): readonly number[] {
    return [...this.all];
  }

  /** What may be shown now. */
  write(piece: string): string {
    const text = this.held + piece;
    const open = unfinished.exec(text)?.index ?? text.length;
    // Spaces wait for what follows: before a mark that goes they would be left over.
    const ready = text.slice(0, open).trimEnd().length;
    this.held = text.slice(ready);
    return this.clean(text.slice(0, ready));
  }

  end(): string {
    const { held } = this;
    this.held = '';
    return this.clean(held).trimEnd();
  }

  private clean(text: string): string {
    if (text === '') return '';
    const { text: cleaned, cited } = cleanCitations(text, this.sources, this.allowedUrls);
    for (const number of cited) this.all.add(number);
    const apart = this.last === ']' && cleaned.startsWith('(') ? ' ' : '';
    this.last = cleaned.at(-1) ?? this.last;
    return apart + cleaned;
  }
}

/** `2-4` names three sources; a range that is turned around or long names its ends. */
function numbersIn(text: string): number[] {
  return text.split(/[,;]/).flatMap((part) => {
    const [from = NaN, to = from] = part.split(/[-–]/).map((number) => Number(number.trim()));
    if (to <= from || to - from > 20) return [...new Set([from, to])];
    return Array.from({ length: to - from + 1 }, (_, nth) => from + nth);
  });
}

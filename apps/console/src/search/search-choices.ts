/** What a search is asked with: from the address, to the address, to the request. */
import type { DocumentLanguage, Mode, SearchRequest } from '../api/wire';

export interface SearchChoices {
  readonly query: string;
  readonly mode: Mode;
  readonly docTypes: readonly string[];
  readonly language: DocumentLanguage | '';
  readonly source: string;
  readonly from: string;
  readonly to: string;
  readonly isGrouped: boolean;
  readonly collection: string;
}

export const modes = ['hybrid', 'semantic', 'lexical'] as const;
export const docTypes = ['markdown', 'text', 'html', 'pdf', 'docx', 'csv', 'json'] as const;
export const documentLanguages = ['pt', 'en', 'other'] as const;
const resultsPerPage = 10;
/** The server's bound of `offset`. */
const maxOffset = 1_000;

const day = /^\d{4}-\d{2}-\d{2}$/;

/** Whatever somebody wrote into the address: what makes no sense is left out. */
export function parseChoices(query: URLSearchParams): SearchChoices {
  const word = (name: string): string => query.get(name) ?? '';
  const date = (name: string): string => (day.test(word(name)) ? word(name) : '');
  return {
    query: word('q').slice(0, 2_000),
    mode: modes.find((mode) => mode === word('mode')) ?? 'hybrid',
    docTypes: word('type')
      .split(',')
      .filter((type) => docTypes.some((known) => known === type)),
    language: documentLanguages.find((language) => language === word('language')) ?? '',
    source: word('source').slice(0, 1_024),
    from: date('from'),
    to: date('to'),
    isGrouped: word('group') === '1',
    collection: word('collection'),
  };
}

/** Parts of the address; what is as usual is left out. */
export function toQuery(choices: SearchChoices): Record<string, string> {
  return {
    q: choices.query,
    mode: choices.mode === 'hybrid' ? '' : choices.mode,
    type: choices.docTypes.join(','),
    language: choices.language,
    source: choices.source,
    from: choices.from,
    to: choices.to,
    group: choices.isGrouped ? '1' : '',
    collection: choices.collection,
  };
}

/** How many of the filters narrow the search. */
export function countFilters({ docTypes: types, language, source, from, to }: SearchChoices): number {
  return types.length + [language, source, from, to].filter((value) => value !== '').length;
}

export function withoutFilters(choices: SearchChoices): SearchChoices {
  return { ...choices, docTypes: [], language: '', source: '', from: '', to: '' };
}

export function toRequest(choices: SearchChoices, offset: number): SearchRequest {
  const { docTypes: types, language, source, from, to } = choices;
  const filters = {
    ...(types.length > 0 && { doc_type: [...types] }),
    ...(language !== '' && { language: [language] }),
    ...(source !== '' && { source }),
    ...((from !== '' || to !== '') && {
      date_range: { ...(from !== '' && { start: from }), ...(to !== '' && { end: to }) },
    }),
  };
  return {
    query: choices.query,
    mode: choices.mode,
    max_results: resultsPerPage,
    offset,
    ...(Object.keys(filters).length > 0 && { filters }),
    highlight: true,
    explain: true,
    group_by_document: choices.isGrouped,
    ...(choices.collection !== '' && { collection: choices.collection }),
  };
}

/** A page that is not full is the last one. */
export function hasMore(found: number): boolean {
  return found > 0 && found % resultsPerPage === 0 && found <= maxOffset;
}

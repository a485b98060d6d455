export { analyseDocument, analyseQuery } from './analyser';
export type { AnalysedText, QueryTerm } from './analyser';
export { detectLanguage } from './detect-language';
export type { Language } from './language';
export { stem } from './stem';
export { tokenise } from './tokenise';
export type { Token } from './tokenise';

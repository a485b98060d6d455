export { catalogue, isProblemCode } from './catalogue';
export type { ProblemCode } from './catalogue';
export { fail } from './fail';
export { invalidRequest } from './invalid-request';
export { toOpenAiError } from './openai-error';
export { toDomainError, toProblem } from './problem-document';
export type { FieldError, ProblemDocument } from './problem-document';

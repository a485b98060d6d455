export { catalogue, isProblemCode } from './catalogue';
export type { ProblemCode } from './catalogue';
export { fail } from './fail';
export { toDomainError, toProblem } from './problem-document';
export type { FieldError, ProblemDocument } from './problem-document';
export { ProblemFilter } from './problem.filter';
export { ProblemModule } from './problem.module';
export { invalidRequest } from './schema-validation.pipe';

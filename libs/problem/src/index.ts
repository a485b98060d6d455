export { catalogue, isProblemCode } from './catalogue';
export type { ProblemCode } from './catalogue';
export { fail } from './fail';

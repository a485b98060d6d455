export { ProblemFilter } from './problem.filter';
export { ProblemModule } from './problem.module';

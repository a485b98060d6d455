export { metricsSchema } from './metrics.schema';
export type { MetricsView } from './metrics.schema';

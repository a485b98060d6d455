export { describeConfig } from './describe-config';
export type { DescribedSetting } from './describe-config';
export { configExitCode, ConfigError, loadConfig } from './load-config';
export type { AcervoConfig, LoadedConfig } from './load-config';
export { renderEnvExample, renderManualPage } from './render-reference';

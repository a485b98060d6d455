import { redacted, type LoadedConfig, type Origin, type SettingName } from './load-config';
import { settings } from './settings';

export interface DescribedSetting {
  readonly name: SettingName;
  /** `[redacted]` for secrets, `undefined` when absent. */
  readonly value: unknown;
  readonly origin: Origin;
}

/** What is in force and where each value came from, secrets redacted: for `acervo config` and the start's log line. */
export function describeConfig({ config, origins }: LoadedConfig): readonly DescribedSetting[] {
  return (Object.keys(settings) as SettingName[]).map((name) => {
    const value = config[name];
    return { name, value: settings[name].isSecret && value !== undefined ? redacted : value, origin: origins[name] };
  });
}

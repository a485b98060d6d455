import type { JSX } from 'preact';

import type { Metrics } from '../api/wire';
import { useFormats } from '../i18n/formats';
import { useMessages } from '../i18n/language';
import type { Rates } from './rates';

interface Props {
  readonly metrics: Metrics;
  readonly history: Rates | undefined;
}

/** The numbers to look at first. */
export function Tiles({ metrics, history }: Props): JSX.Element {
  const m = useMessages();
  const f = useFormats();
  const { admission, system } = metrics;
  const last = metrics.samples.at(-1);
  return (
    <div class="tiles">
      <Tile
        label={m.dashboard.requests}
        value={f.number(history?.requests ?? last?.requests_per_second ?? 0, 1)}
        detail={m.dashboard.total(f.number(metrics.total_requests))}
      />
      <Tile
        label={m.dashboard.latency}
        value={f.duration(metrics.avg_response_time)}
        detail={m.dashboard.p95(f.duration(metrics.p95_response_time))}
      />
      <Tile label={m.dashboard.hitRatio} value={f.percent(metrics.cache_hit_rate, 1)} share={metrics.cache_hit_rate} />
      <Tile
        label={m.dashboard.running}
        value={m.dashboard.ofPermits(f.number(admission.running), f.number(admission.permits))}
        detail={m.dashboard.waiting(f.number(admission.waiting))}
        isLoad
        share={admission.permits === 0 ? 0 : admission.running / admission.permits}
      />
      <Tile
        label={m.dashboard.cpu}
        value={f.percent(metrics.current_cpu / 100)}
        isLoad
        share={metrics.current_cpu / 100}
        detail={m.dashboard.process(f.percent(system.process_cpu_percent / 100), f.bytes(system.process_memory_bytes))}
      />
      <Tile
        label={m.dashboard.memory}
        value={f.percent(metrics.current_memory / 100)}
        isLoad
        share={metrics.current_memory / 100}
        detail={`${f.bytes(system.memory_used_bytes)} / ${f.bytes(system.memory_limit_bytes)}`}
      />
    </div>
  );
}

interface TileProps {
  readonly label: string;
  readonly value: string;
  readonly detail?: string;
  /** 0..1 */
  readonly share?: number;
  /** Whether a high share is something to look at. */
  readonly isLoad?: boolean;
}

function Tile({ label, value, detail, share, isLoad = false }: TileProps): JSX.Element {
  return (
    <div class="tile">
      <span class="tile-label">{label}</span>
      <strong>{value}</strong>
      {share !== undefined && (
        <meter min={0} max={1} {...(isLoad && { high: 0.85 })} value={Math.min(share, 1)} aria-label={label} />
      )}
      {detail !== undefined && <span class="quiet">{detail}</span>}
    </div>
  );
}

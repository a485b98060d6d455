import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { useFormats } from '../i18n/formats';
import { useMessages } from '../i18n/language';
import { ProblemNotice } from '../ui/problem-notice';
import { Charts } from './charts';
import { MetricTables } from './metric-tables';
import { Tiles } from './tiles';
import { useMetrics } from './use-metrics';

export function DashboardPage(): JSX.Element {
  const m = useMessages();
  const f = useFormats();
  const [attempt, setAttempt] = useState(0);
  const { metrics, history, problem, isPaused } = useMetrics(attempt);
  return (
    <section class="page page-wide">
      <div class="title-row">
        <h1 class="title">{m.dashboard.title}</h1>
        {metrics !== undefined && (
          <p class="quiet">
            <span class={`live ${isPaused ? 'is-paused' : ''}`}>
              {isPaused ? m.dashboard.paused : m.dashboard.live}
            </span>
            {` · Acervo ${metrics.version} · ${m.dashboard.processes(metrics.processes.expected)} · ${m.dashboard.uptime(f.duration(metrics.uptime_seconds))}`}
          </p>
        )}
      </div>
      {problem !== undefined && (
        <ProblemNotice
          problem={problem}
          onRetry={() => {
            setAttempt(attempt + 1);
          }}
        />
      )}
      {metrics === undefined && problem === undefined && (
        <div class="skeleton skeleton-cards" role="status" aria-label={m.common.loading}>
          <i />
          <i />
          <i />
        </div>
      )}
      {metrics !== undefined && (
        <>
          <Tiles metrics={metrics} history={history} />
          <Charts metrics={metrics} />
          <MetricTables metrics={metrics} />
        </>
      )}
    </section>
  );
}

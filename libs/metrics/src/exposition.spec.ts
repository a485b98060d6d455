import { describeWithPrometheus, promtool } from '@acervo/testing';

import { exposition } from './exposition';
import { counter, gauge, histogram } from './family';
import { LatencyHistogram } from './latency-buckets';

const latency = new LatencyHistogram();
for (const seconds of [0.000_01, 0.003, 0.003, 400]) latency.observe(seconds);

const families = [
  counter('acervo_things_total', 'Things, "quoted" and \\ slashed.\nTwo lines.', [[{ kind: 'a"b\\c\nd' }, 3]]),
  gauge('acervo_level', 'A level.', [
    [{}, 0.5],
    [{ kind: 'gone' }, undefined],
  ]),
  gauge('acervo_nothing', 'No samples.', []),
  histogram('acervo_wait_seconds', 'Waits.', [[{ stage: 'embed' }, latency]]),
];

describe('the text for Prometheus', () => {
  it('escapes what labels and explanations hold, and leaves out what has no sample', () => {
    const lines = exposition(families, 'prometheus').split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        '# HELP acervo_things_total Things, "quoted" and \\\\ slashed.\\nTwo lines.',
        '# TYPE acervo_things_total counter',
        'acervo_things_total{kind="a\\"b\\\\c\\nd"} 3',
        'acervo_level 0.5',
      ]),
    );
    expect(lines.join('\n')).not.toContain('acervo_nothing');
  });

  it('counts buckets up to infinity', () => {
    const text = exposition(families, 'prometheus');
    expect(text).toContain('acervo_wait_seconds_bucket{stage="embed",le="0.00005"} 1');
    expect(text).toContain('acervo_wait_seconds_bucket{stage="embed",le="0.005"} 3');
    expect(text).toContain('acervo_wait_seconds_bucket{stage="embed",le="60"} 3');
    expect(text).toContain('acervo_wait_seconds_bucket{stage="embed",le="+Inf"} 4');
    expect(text).toContain('acervo_wait_seconds_count{stage="embed"} 4');
  });

  it('names counters of OpenMetrics without their ending, and ends', () => {
    const text = exposition(families, 'openmetrics');
    expect(text).toContain('# TYPE acervo_things counter');
    expect(text).toContain('acervo_things_total{kind=');
    expect(text.endsWith('# EOF\n')).toBe(true);
  });
});

describeWithPrometheus('the text for Prometheus', () => {
  it('is what promtool expects', () => {
    expect(promtool(['check', 'metrics'], exposition(families, 'prometheus'))).toBe('');
  });
});

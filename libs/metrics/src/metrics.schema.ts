/** What `GET /metrics` answers as JSON: numbers of all processes of this server, since their start and of late. */
import { z } from 'zod';

const count = z.int().min(0);
const amount = z.number().min(0);
const seconds = z.number().min(0);
const percent = z.number().min(0);
const ratio = z.number().min(0).max(1);

const latencySchema = z
  .object({ avg: seconds, p50: seconds, p95: seconds, p99: seconds })
  .meta({ description: 'In seconds; 0 where nothing was measured' });

const recentSchema = z.object({
  requests: count.meta({ description: 'At most 1,000: the last ones' }),
  errors: count.meta({ description: 'Answers with a status of 500 and more' }),
  latency: latencySchema.meta({ description: 'Exact' }),
});

const routeSchema = z.object({
  route: z.string().meta({ description: 'Template of the route; `other` for addresses that none has' }),
  method: z.string(),
  requests: count,
  errors: count.meta({ description: 'Answers with a status of 500 and more' }),
  refused: count.meta({ description: '429 and 503' }),
  rate_per_second: amount.meta({ description: 'Over the last minute' }),
  latency: latencySchema.meta({ description: 'Since start, interpolated within buckets' }),
  recent: recentSchema,
});

const stageSchema = z.object({
  stage: z.string().meta({ description: '`queue`, `embed`, `vector`, `lexical`, `fuse`, `rerank`, `llm`' }),
  count,
  latency: latencySchema,
});

const tierSchema = z.object({
  tier: z.enum(['memory', 'redis', 'disk']),
  available: z.boolean().meta({ description: 'False while any process leaves it alone because it failed' }),
  hits: count,
  misses: count,
  hit_ratio: ratio,
  entries: count.optional().meta({ description: 'Absent where counting would cost a scan' }),
  bytes: count.optional(),
  evictions: count,
  failures: count,
});

const cacheSchema = z.object({
  cache: z.string().meta({ description: '`answers`, `embeddings`, `fast_lane`' }),
  hits: count,
  misses: count,
  hit_ratio: ratio,
  coalesced: count,
  stale_served: count,
  tiers: z.array(tierSchema),
});

const limitSchema = z.object({
  limit: z.string().meta({ description: '`search`, `chat`, `research`, `default`' }),
  per_minute: count.meta({ description: 'A client; 0 is unlimited' }),
  admitted: count,
  refused: count,
});

const workClassSchema = z.object({ work_class: z.string(), waiting: count });

const admissionSchema = z.object({
  permits: count,
  running: count,
  load: amount.meta({ description: 'Of the permits, those in use: 0..1, above 1 counts who waits' }),
  waiting: count,
  waiting_by_class: z.array(workClassSchema),
  waiting_at_door: count.meta({ description: 'Searches in front of the router' }),
  admitted: count,
  shed: count.meta({ description: 'Refused with 503, because they would have waited in vain' }),
  left: count.meta({ description: 'Gone while they waited' }),
});

const eventLoopSchema = z.object({ p50: seconds, p99: seconds, max: seconds }).meta({
  description: 'Delay in seconds over the last 10 s; of the slowest process',
});

const systemSchema = z.object({
  cpu_percent: percent.meta({ description: 'Of the host, or of the limit of the control group where it has one' }),
  memory_percent: percent,
  memory_used_bytes: count,
  memory_limit_bytes: count,
  cpus: amount.meta({ description: 'Processors that may be used; may be a fraction' }),
  limited_by: z.enum(['host', 'cgroup']),
  process_cpu_percent: percent.meta({ description: 'Of one processor, summed over the processes' }),
  process_memory_bytes: count.meta({ description: 'Resident, summed over the processes' }),
});

const sampleSchema = z.object({
  at: z.iso.datetime(),
  cpu_percent: percent,
  memory_percent: percent,
  process_cpu_percent: percent,
  process_memory_bytes: count,
  requests_per_second: amount,
  errors_per_second: amount,
  refused_per_second: amount,
  avg_response_time: seconds,
  p95_response_time: seconds,
  cache_hit_rate: ratio.nullable().meta({ description: 'Of the interval; null when nothing was looked up' }),
  event_loop_p99: seconds,
});

const processesSchema = z.object({
  expected: count.meta({ description: 'That serve' }),
  answered: count.meta({ description: 'Whose numbers are in this answer as they are now; of the others as they were' }),
  restarted: count.meta({ description: 'That died since the start; what they had counted stays counted' }),
});

export const metricsSchema = z
  .object({
    avg_response_time: seconds.meta({ description: 'Seconds, of the last 1,000 requests' }),
    p95_response_time: seconds.meta({ description: 'Seconds, of the last 1,000 requests' }),
    cache_hit_rate: ratio.meta({ description: 'Of the answers that were looked up, since start' }),
    total_requests: count.meta({ description: 'Since start' }),
    current_memory: percent.meta({ description: 'Percent of the host, or of the limit of the control group' }),
    current_cpu: percent.meta({ description: 'Percent of the host, or of the limit of the control group' }),
    version: z.string(),
    started_at: z.iso.datetime(),
    uptime_seconds: amount,
    processes: processesSchema,
    unavailable: z.array(z.string()).meta({ description: 'What could not be asked in time: `store`, `workers`' }),
    recent: recentSchema.extend({
      window_seconds: amount.meta({ description: 'From the first of them to now' }),
      statuses: z.record(z.string(), count).meta({ description: 'How many of each class, such as `2xx`' }),
    }),
    since_start: z.object({
      requests: count,
      errors: count,
      refused: count,
      rate_per_second: amount.meta({ description: 'Over the last minute' }),
      in_flight: count,
      latency: latencySchema,
    }),
    routes: z.array(routeSchema).meta({ description: 'The most used first' }),
    stages: z.array(stageSchema),
    caches: z.array(cacheSchema),
    limiter: z.object({
      degraded: z.boolean().meta({ description: 'The shared log of limits is away: each process admits its share' }),
      limits: z.array(limitSchema),
    }),
    admission: admissionSchema,
    event_loop_delay: eventLoopSchema,
    collections: z.object({ collections: count, documents: count, chunks: count }).optional(),
    jobs: z.array(z.object({ kind: z.string(), state: z.string(), count })),
    system: systemSchema,
    samples: z.array(sampleSchema).meta({ description: 'Every 10 s, the last 100; oldest first' }),
  })
  .meta({ description: 'All times in seconds; counted since the start of the server' });

export type MetricsView = z.output<typeof metricsSchema>;
export type SystemView = MetricsView['system'];
export type SampleView = MetricsView['samples'][number];

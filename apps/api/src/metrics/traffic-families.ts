import { counter, gauge, type Family } from '@acervo/metrics';
import { workClasses, type Admission, type RequestLimiter } from '@acervo/throttle';

import type { FastLane } from '../fast-lane/fast-lane';

type Limiter = Pick<RequestLimiter, 'counted' | 'perMinute' | 'isDegraded' | 'decidedByShare'>;

export function limiterFamilies({ counted, perMinute, isDegraded, decidedByShare }: Limiter): Family[] {
  return [
    counter(
      'acervo_limiter_requests_total',
      'Requests that a limit let through or refused.',
      Object.entries(counted).flatMap(([limit, { admitted, refused }]) => [
        [{ limit, outcome: 'admitted' }, admitted] as const,
        [{ limit, outcome: 'refused' }, refused] as const,
      ]),
    ),
    gauge(
      'acervo_limiter_permits_per_minute',
      'Of a client; 0 is unlimited.',
      Object.entries(perMinute).map(([limit, permits]) => [{ limit }, permits] as const),
      'max',
    ),
    gauge(
      'acervo_limiter_degraded',
      '1 while the shared log of limits is away, and each process admits its share.',
      isDegraded ? 1 : 0,
      'max',
    ),
    counter('acervo_limiter_decided_by_share_total', 'Requests decided while it was away.', decidedByShare),
  ];
}

export function admissionFamilies(
  { load }: Pick<Admission, 'load'>,
  lane: Pick<FastLane, 'door'> | undefined,
): Family[] {
  const door = lane?.door ?? { waiting: 0, shed: 0 };
  return [
    gauge('acervo_admission_permits', 'Computations at a time.', load.permits),
    gauge('acervo_admission_running', 'Permits in use.', load.running),
    gauge(
      'acervo_admission_waiting',
      'Computations that wait for a permit.',
      workClasses.map((workClass) => [{ work_class: workClass }, load.waitingByClass[workClass]] as const),
    ),
    gauge('acervo_admission_waiting_at_door', 'Searches that wait in front of the router.', door.waiting),
    counter('acervo_admission_admitted_total', 'Computations that got a permit.', load.admitted),
    counter('acervo_admission_shed_total', 'Refused because they would wait in vain.', load.refused + door.shed),
    counter('acervo_admission_left_total', 'Gone while they waited.', load.left),
  ];
}

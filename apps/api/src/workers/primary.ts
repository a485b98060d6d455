/**
 * The primary process of several: it serves nothing and opens nothing. It starts the writer, then the followers, starts
 * again what dies, passes on signals and news, and leaves when all have left.
 *
 * node:cluster gives each connection to the next worker in turn. A worker that dies takes its connections with it, and
 * nothing else.
 */
import cluster, { type Worker } from 'node:cluster';
import { decideLimits, MemoryRateLimitStorage } from '@acervo/throttle';
import type { Logger } from 'pino';

import type { ToPrimary, ToWorker } from './messages';
import { MetricsGathering } from './metrics-gathering';
import type { Place } from './place';
import { RestartSchedule } from './restart-schedule';
import { Spreading } from './spreading';

export interface PrimaryOptions {
  readonly workers: number;
  /** Path of the writer's door. */
  readonly door: string;
  /** From the signal to the end of a worker, at most: then it is killed. */
  readonly stopTimeoutMs: number;
  readonly logger: Logger;
  /** All workers have listened for the first time. */
  readonly onListening: (url: string) => void;
}

interface Seat {
  readonly place: Place;
  readonly restarts: RestartSchedule;
  worker: Worker | undefined;
  startedAtMs: number;
  hasListened: boolean;
}

const startFailed = 1;

export class Primary {
  private readonly seats: readonly Seat[];
  private readonly spreading = new Spreading<Worker>((worker, message) => {
    this.send(worker, message);
  });
  private readonly metrics = new MetricsGathering<Worker>((worker, message) => {
    this.send(worker, message);
  });
  /** One log for all workers, where there is no Redis. */
  private readonly limits = new MemoryRateLimitStorage();
  private isStopping = false;
  private hasAnnounced = false;
  private exitCode = 0;
  private finish: (exitCode: number) => void = () => undefined;

  constructor(private readonly options: PrimaryOptions) {
    const { workers, door } = options;
    this.seats = Array.from({ length: workers }, (_, nth) => ({
      place: { isWriter: nth === 0, workers, door },
      restarts: new RestartSchedule(),
      worker: undefined,
      startedAtMs: 0,
      hasListened: false,
    }));
  }

  /** Resolves with the exit code when all workers have left. */
  async run(): Promise<number> {
    cluster.setupPrimary({ serialization: 'advanced' });
    const finished = new Promise<number>((resolve) => (this.finish = resolve));
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        this.stop(signal);
      });
    }
    this.start(this.seats[0]);
    return await finished;
  }

  private start(seat: Seat | undefined): void {
    if (seat === undefined || this.isStopping) return;
    const worker = cluster.fork();
    seat.worker = worker;
    seat.startedAtMs = performance.now();
    worker.on('message', (message: ToPrimary) => {
      this.hear(seat, worker, message);
    });
    worker.on('error', (error) => {
      this.options.logger.error({ err: error, worker: worker.id }, 'a worker cannot be reached');
    });
    worker.on('exit', (code, signal) => {
      this.leave(seat, worker, code, signal);
    });
  }

  private hear(seat: Seat, worker: Worker, message: ToPrimary): void {
    switch (message.kind) {
      case 'hello':
        this.send(worker, { kind: 'place', place: seat.place });
        return;
      case 'listening':
        this.listens(seat, worker, message.url);
        return;
      case 'spread':
        this.spreading.spread(worker, message.id, message.news, this.others(worker));
        return;
      case 'heard':
        this.spreading.heard(worker, message.id);
        return;
      case 'metrics':
        this.metrics.told(worker, message.id, message.snapshot);
        return;
      case 'gather':
        this.metrics.gather(worker, message.id, message.snapshot, this.others(worker));
        return;
      case 'limits':
        this.send(worker, decideLimits(this.limits, message));
        return;
      default:
        message satisfies never;
    }
  }

  /** The followers need the database that the writer makes or migrates. */
  private listens(seat: Seat, worker: Worker, url: string): void {
    const { place } = seat;
    this.options.logger.info(
      { worker: worker.id, pid: worker.process.pid, isWriter: place.isWriter },
      'worker listens',
    );
    seat.hasListened = true;
    if (place.isWriter) for (const other of this.seats) if (other.startedAtMs === 0) this.start(other);
    if (this.hasAnnounced || this.seats.some(({ hasListened }) => !hasListened)) return;
    this.hasAnnounced = true;
    this.options.onListening(url);
  }

  private leave(seat: Seat, worker: Worker, code: number | null, signal: string | null): void {
    const { logger } = this.options;
    seat.worker = undefined;
    this.spreading.gone(worker);
    this.metrics.gone(worker);
    if (this.isStopping) {
      // A signal that came before the worker had a way out is none of its failures.
      if (code !== 0 && signal !== 'SIGTERM' && signal !== 'SIGINT') this.exitCode ||= code ?? startFailed;
      this.endStopping();
      return;
    }
    logger.error({ worker: worker.id, isWriter: seat.place.isWriter, code, signal }, 'a worker died');
    const pauseMs = seat.hasListened ? seat.restarts.pauseAfter(performance.now() - seat.startedAtMs) : undefined;
    if (pauseMs === undefined) {
      const why = seat.hasListened ? 'dies again and again' : 'could not start';
      logger.fatal(`A worker ${why}: the lines above say why. All stop.`);
      this.exitCode = code === null || code === 0 ? startFailed : code;
      this.stop('SIGTERM');
      return;
    }
    setTimeout(() => {
      this.start(seat);
    }, pauseMs);
  }

  private stop(signal: NodeJS.Signals): void {
    if (this.isStopping) return;
    this.isStopping = true;
    this.options.logger.info({ signal }, 'all workers stop');
    const workers = this.running();
    for (const worker of workers) worker.process.kill('SIGTERM');
    setTimeout(() => {
      this.exitCode ||= startFailed;
      for (const worker of this.running()) worker.process.kill('SIGKILL');
    }, this.options.stopTimeoutMs).unref();
    this.endStopping();
  }

  /** The writer stays until nobody hands it requests any more. */
  private endStopping(): void {
    const writer = this.seats.find(({ place }) => place.isWriter)?.worker;
    const running = this.running();
    if (running.length === 0) this.finish(this.exitCode);
    else if (writer !== undefined && running.length === 1) this.send(writer, { kind: 'followers-gone' });
  }

  private running(): Worker[] {
    return this.seats.flatMap(({ worker }) => (worker === undefined ? [] : [worker]));
  }

  private others(worker: Worker): Worker[] {
    return this.running().filter((other) => other !== worker && other.isConnected());
  }

  private send(worker: Worker, message: ToWorker): void {
    // Who dies meanwhile is told of by its exit.
    if (worker.isConnected()) worker.send(message, () => undefined);
  }
}

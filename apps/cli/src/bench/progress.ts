import { SingleBar } from 'cli-progress';

/** A bar on the terminal, none where standard error is not one. */
export class BenchProgress {
  private readonly bar: SingleBar | undefined;
  private isStarted = false;

  constructor() {
    if (!process.stderr.isTTY) return;
    const format = '  {bar} {percentage} % · {task}';
    this.bar = new SingleBar({ format, hideCursor: true, barsize: 30, clearOnComplete: true, stream: process.stderr });
  }

  /** @param done 0…1 of `task` */
  show(task: string, done: number): void {
    if (this.bar === undefined) return;
    if (this.isStarted) this.bar.update(Math.round(done * 100), { task });
    else this.bar.start(100, Math.round(done * 100), { task });
    this.isStarted = true;
  }

  stop(): void {
    this.bar?.stop();
  }
}

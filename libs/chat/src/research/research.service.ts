/**
 * Researches: equal questions researched once, streams that can be read again.
 *
 * A research is a run that tells about itself in events, see `Researcher`. JSON answers, streams and jobs read the same
 * run; equal questions that end the same for everybody share one.
 */
import { Inject, Injectable } from '@nestjs/common';

import type { CallContext } from '@acervo/kernel';
import { SearchService } from '@acervo/search';

import type { Asker } from '../chat.service';
import { EventRun } from '../event-run';
import { LanguageModel } from '../language-model';
import type { RunPlace } from '../run-memory';
import { SharedRuns } from '../shared-runs';
import { StreamTable, type KeptStream } from '../stream-table';
import type { ResearchAnswer, ResearchEvent, ResearchQuestion } from './research';
import { ResearchMemory, type KeptResearch } from './research-memory';
import { researchOptionsToken, researchTimeoutMs, type ResearchOptions } from './research-options';
import { Researcher } from './researcher';

/** Answers with sentences of the sources, where the language model cannot. */
export abstract class Quoter extends LanguageModel {}

export interface ReadingOptions {
  /** It may be read again. */
  readonly keepsAfterEnd: boolean;
  /** It goes on although nobody reads. */
  readonly goesOnAlone: boolean;
}

export type ResearchStream = KeptStream<ResearchEvent>;

@Injectable()
export class ResearchService {
  private readonly researcher: Researcher;
  private readonly shared = new SharedRuns<ResearchEvent>();
  private readonly streams: StreamTable<ResearchEvent>;

  constructor(
    search: SearchService,
    private readonly model: LanguageModel,
    quoter: Quoter,
    private readonly memory: ResearchMemory,
    @Inject(researchOptionsToken) options: ResearchOptions,
  ) {
    this.researcher = new Researcher(search, model, quoter);
    this.streams = new StreamTable(options.maxStreams, options.streamKeepMs);
  }

  /** Errors: those of `Researcher.research`, SERVER_OVERLOADED when too many run. */
  async ask(asked: ResearchQuestion, asker: Asker, context: CallContext): Promise<ResearchAnswer> {
    const stream = await this.begin(asked, asker, context, { keepsAfterEnd: false, goesOnAlone: false });
    for await (const { event } of this.read(stream, context)) if (event.type === 'done') return event.answer;
    throw new Error('A research ended without an answer');
  }

  /** Errors before the first event: those of `ask`. */
  async begin(
    asked: ResearchQuestion,
    asker: Asker,
    context: CallContext,
    { keepsAfterEnd, goesOnAlone }: ReadingOptions,
  ): Promise<ResearchStream> {
    const place = await this.memory.place(asked, this.model, asker.headers, context);
    const run = this.runOf(asked, place, context, goesOnAlone);
    return this.streams.add((id) => ({ id, owner: asker.owner, run, keepsAfterEnd }));
  }

  /** Undefined: there is no such stream, any more, or it is not the asker's. */
  find(id: string, owner: string): ResearchStream | undefined {
    return this.streams.find(id, owner);
  }

  /** @param from number of the first event wanted */
  async *read(
    stream: ResearchStream,
    context: CallContext,
    from = 0,
  ): AsyncGenerator<{ readonly event: ResearchEvent; readonly number: number }> {
    try {
      yield* stream.run.read(context, from);
    } finally {
      this.streams.release(stream);
    }
  }

  private runOf(
    asked: ResearchQuestion,
    place: RunPlace<KeptResearch> | undefined,
    { client }: CallContext,
    goesOnAlone: boolean,
  ): EventRun<ResearchEvent> {
    const options = { timeoutMs: researchTimeoutMs(asked.budget), goesOnAlone };
    const kept = place?.kept;
    if (kept !== undefined) return new EventRun(() => kept.events, options);
    const begin = (): EventRun<ResearchEvent> =>
      new EventRun((within) => this.work(asked, place, { ...within, client }), options);
    return place === undefined ? begin() : this.shared.join(place.key, begin);
  }

  private async *work(
    asked: ResearchQuestion,
    place: RunPlace<KeptResearch> | undefined,
    context: CallContext,
  ): AsyncGenerator<ResearchEvent> {
    const events: ResearchEvent[] = [];
    for await (const event of this.researcher.research(asked, context)) {
      events.push(event);
      if (event.type === 'done' && event.repeatable !== undefined) place?.keep({ ...event.repeatable, events });
      yield event;
    }
  }
}

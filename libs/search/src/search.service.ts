import { Inject, Injectable, Logger, Optional } from '@nestjs/common';

import { Embedder } from '@acervo/embedding';
import { DomainError, publicName, throwIfEnded, type CallContext } from '@acervo/kernel';
import { fail } from '@acervo/problem';
import { DocumentStore, VectorIndex, type Collection } from '@acervo/store';
import { Admission, type WorkClass } from '@acervo/throttle';

import { SearchRecord } from './computed-search';
import type { FusedHit } from './fusion';
import { planQuery, type QueryPlan } from './query-plan';
import { recall, type Candidates, type RecallInput, type RecallPorts } from './recall';
import { PageReader, type ResultPage } from './result-page';
import { calibrate } from './score-calibration';
import type { SearchAnswer } from './search-answer.schema';
import { searchOptionsToken, type SearchOptions } from './search-options';
import { SearchSession } from './search-session';
import { SearchTimings } from './search-timings';
import type { SearchRequest } from './search.schema';
import { shapeResult } from './shape-result';

export interface SearchOutcome {
  readonly answer: SearchAnswer;
  readonly timings: SearchTimings;
}

/**
 * Length of each list at first. Enough to make the first 10 results final for every one of 750 questions of five judged
 * sets, and the first 20 for all but 2 % of one; deeper pages start at three times what they need.
 */
const defaultDepth = 100;
/** Offset 1,000 and 100 results, with room for passages of the same documents. */
const maxDepth = 4_000;
const deepening = 3;

@Injectable()
export class SearchService {
  private readonly logger = new Logger('Search');
  private readonly ports: RecallPorts;

  constructor(
    private readonly store: DocumentStore,
    vectorIndex: VectorIndex,
    private readonly embedder: Embedder,
    @Inject(searchOptionsToken) private readonly options: SearchOptions,
    @Optional() private readonly admission?: Admission,
  ) {
    this.ports = {
      store,
      vectorIndex,
      fusion: options.fusion,
      onDegraded: (degradation, cause) => {
        this.logger.warn({ msg: 'A search went on without one side', degradation, err: cause });
      },
    };
  }

  /**
   * Errors: COLLECTION_NOT_FOUND, COLLECTION_OUTDATED, SEARCH_SEMANTIC_UNAVAILABLE, SEARCH_UNAVAILABLE,
   * SERVER_OVERLOADED, REQUEST_DEADLINE_EXCEEDED, REQUEST_CANCELLED.
   */
  async search(request: SearchRequest, context: CallContext, workClass: WorkClass = 'search'): Promise<SearchOutcome> {
    return await this.searchIn(this.startSession([request], context, workClass), request);
  }

  /** What several searches share; pass all their requests, so that the questions are embedded together. */
  startSession(
    requests: readonly SearchRequest[],
    context: CallContext,
    workClass: WorkClass = 'search',
  ): SearchSession {
    const questions = requests.filter((request) => this.modeOf(request) !== 'lexical').map(({ query }) => query);
    return new SearchSession(this.store, this.embedder, questions, context, workClass);
  }

  /** With one permit a search, also within a batch: what is in a cache needs none. */
  async searchIn(session: SearchSession, request: SearchRequest): Promise<SearchOutcome> {
    const { admission } = this;
    if (admission === undefined) return await this.compute(session, request, new SearchTimings());
    return await admission.run(session.workClass, session.context, async (waitedMs) => {
      const timings = new SearchTimings(performance.now() - waitedMs);
      if (waitedMs > 0) timings.add('queue', waitedMs);
      return await this.compute(session, request, timings);
    });
  }

  private async compute(
    session: SearchSession,
    request: SearchRequest,
    timings: SearchTimings,
  ): Promise<SearchOutcome> {
    throwIfEnded(session.context);
    const record = new SearchRecord(request.query, this.modeOf(request), session.workClass, timings);
    try {
      const first = await this.attempt(session, request, record);
      return { answer: first.isTorn ? (await this.attempt(session, request, record)).answer : first.answer, timings };
    } catch (error) {
      record.error = error instanceof DomainError ? error.code : (error as Error).name;
      throw error instanceof DomainError && error.code === 'STORE_UNAVAILABLE'
        ? fail('SEARCH_UNAVAILABLE', undefined, {}, error)
        : error;
    } finally {
      this.options.onComputed?.(record.end());
    }
  }

  private async attempt(
    session: SearchSession,
    request: SearchRequest,
    record: SearchRecord,
  ): Promise<{ readonly answer: SearchAnswer; readonly isTorn: boolean }> {
    const { context } = session;
    const { mode, timings } = record;
    if (mode !== 'lexical') session.vectors.start();
    const collection = await session.collection(request.collection ?? this.options.defaultCollection);
    const plan = planQuery(request, mode, collection);
    Object.assign(record, { plan, collection: collection.name, generation: collection.generation });
    const allowed = plan.filter === undefined ? undefined : await session.allowedKeys(collection.name, plan.filter);
    record.allowed = allowed?.length;
    const input: RecallInput = {
      plan,
      collection,
      allowed,
      questionVector: async () => {
        this.assertComparable(collection);
        return await session.vectors.get(plan.query);
      },
      timings,
      context,
    };
    const { candidates, page } = await this.fillPage(input, request, record);
    record.degraded = candidates.degraded;
    const isTorn = page.hasVanished && (await this.hasMoved(session, collection));
    return { answer: this.shape(request, plan, collection, candidates, page), isTorn };
  }

  /** Looks deeper until no passage outside the lists could still enter the page. */
  private async fillPage(
    input: RecallInput,
    request: SearchRequest,
    record: SearchRecord,
  ): Promise<{ readonly candidates: Candidates; readonly page: ResultPage }> {
    const { plan, collection, timings, context } = input;
    const reader = new PageReader(this.store, collection.name, context);
    const pageRequest = {
      offset: request.offset,
      maxResults: request.max_results,
      isGrouped: request.group_by_document,
    };
    for (
      let depth = Math.min(maxDepth, Math.max(defaultDepth, plan.wanted * deepening));
      ;
      depth = Math.min(maxDepth, depth * deepening)
    ) {
      const candidates = await recall(this.ports, input, depth);
      const { hits, unseenBound, scoredAs } = candidates;
      record.attempts += 1;
      record.candidates = hits.length;
      const isGood = ({ score }: FusedHit): boolean => calibrate(score, scoredAs, plan) >= request.min_score;
      const good = request.min_score === 0 ? hits : hits.filter(isGood);
      const page = await timings.measure('fuse', async () => reader.read(good, pageRequest));
      const settledFrom = page.isFull ? page.lastScore : (hits[good.length]?.score ?? -Infinity);
      if (unseenBound <= settledFrom || depth >= maxDepth) return { candidates, page };
    }
  }

  private shape(
    request: SearchRequest,
    plan: QueryPlan,
    { name, generation }: Collection,
    { degraded, scoredAs }: Candidates,
    page: ResultPage,
  ): SearchAnswer {
    return {
      query: request.query,
      collection: publicName(name),
      mode: plan.mode,
      generation,
      degraded: [...degraded],
      results: page.items.map((item, index) =>
        shapeResult(item, request.offset + index + 1, calibrate(item.hit.score, scoredAs, plan), request, plan),
      ),
    };
  }

  private async hasMoved(session: SearchSession, before: Collection): Promise<boolean> {
    session.forget(before.name);
    return (await session.collection(before.name, 'now')).generation !== before.generation;
  }

  private modeOf({ mode }: SearchRequest): SearchAnswer['mode'] {
    return mode ?? this.options.defaultMode;
  }

  private assertComparable({ name, embeddingModel }: Collection): void {
    const { model } = this.embedder.capabilities;
    if (embeddingModel === model) return;
    throw fail(
      'COLLECTION_OUTDATED',
      `The collection \`${name}\` was embedded with ${embeddingModel}, the server runs ${model}: ` +
        'run `acervo reindex`, or search with mode lexical.',
      { collection: name },
    );
  }
}

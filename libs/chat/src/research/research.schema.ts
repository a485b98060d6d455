/** The request and the answer of a research. */
import { z } from 'zod';

import { searchFiltersSchema } from '@acervo/search';

import { citationSchema, collectionSchema } from '../chat.schema';
import type { BudgetLimits, Finding, ResearchAnswer, ResearchEvent } from './research';
import type { WireEvent } from '../send-events';

const budgetSchema = z
  .strictObject({
    max_seconds: z
      .number()
      .min(1)
      .max(86_400)
      .optional()
      .meta({ description: 'At most RESEARCH_MAX_SECONDS', example: 20 }),
    max_searches: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .meta({ description: 'At most RESEARCH_MAX_SEARCHES', example: 12 }),
    max_tokens: z
      .int()
      .min(1)
      .max(10_000_000)
      .optional()
      .meta({ description: 'Read and written by the model together; at most RESEARCH_MAX_TOKENS', example: 8_000 }),
  })
  .meta({ description: 'What the research may use; its end gives the best report so far' });

export const researchRequestSchema = z
  .strictObject({
    question: z
      .string()
      .trim()
      .normalize('NFC')
      .min(1)
      .max(2_000)
      .meta({ description: 'What to find out', example: 'Como configurar Docker e Redis?' }),
    collection: collectionSchema.optional(),
    filters: searchFiltersSchema.optional(),
    budget: budgetSchema.optional(),
    stream: z.boolean().optional().meta({ description: 'Server-sent events instead of one JSON answer' }),
    resumable: z.boolean().default(false).meta({
      description: 'With `stream`: goes on when the connection breaks, and waits a minute for the client to come back',
    }),
  })
  .meta({ description: 'A question that takes more than one search' });

const findingSchema = z.object({
  id: z.string().meta({ example: 'f1' }),
  question: z.int().meta({ description: 'Place of its sub-question in `plan`, from 0', example: 0 }),
  claim: z.string().meta({ example: 'Monte DATA_DIR em um volume.' }),
  citations: z
    .array(z.int())
    .meta({ description: 'Numbers of `citations`, those that say otherwise last', example: [1, 3] }),
  agreement: z.enum(['supported', 'single_source', 'contradicted']).meta({
    description: 'Whether further documents bear the claim out, none speaks of it, or one says otherwise',
  }),
});

const limitsSchema = z.object({ max_seconds: z.number(), max_searches: z.int(), max_tokens: z.int() });

export const researchAnswerSchema = z
  .object({
    question: z.string().meta({ example: 'Como configurar Docker e Redis?' }),
    plan: z.array(z.string()).meta({ description: 'Sub-questions', example: ['Como configurar Docker?'] }),
    findings: z.array(findingSchema),
    open: z.array(z.string()).meta({ description: 'Sub-questions without enough evidence', example: [] }),
    report: z.string().meta({ description: 'Markdown; `[n]` points into `citations`' }),
    citations: z.array(citationSchema),
    budget: limitsSchema.meta({ description: 'As it was granted' }),
    budget_used: z.object({ seconds: z.number(), searches: z.int(), tokens: z.int() }),
    stopped_by: z.enum(['done', 'budget']).meta({ description: '`budget`: something was left out for want of it' }),
    model: z.string().meta({ example: 'extractive' }),
    degraded: z
      .array(z.enum(['semantic_unavailable', 'lexical_unavailable', 'search_failed', 'model_failed']))
      .meta({ description: 'What was left out, or done by rules because the model failed', example: [] }),
  })
  .meta({ description: 'A report, and what it rests on' });

export type ResearchRequest = z.output<typeof researchRequestSchema>;
export type ResearchWireAnswer = z.output<typeof researchAnswerSchema>;

/** What a request asks for, within the caps. */
export function grantBudget(asked: ResearchRequest['budget'], caps: BudgetLimits): BudgetLimits {
  return {
    maxSeconds: Math.min(asked?.max_seconds ?? caps.maxSeconds, caps.maxSeconds),
    maxSearches: Math.min(asked?.max_searches ?? caps.maxSearches, caps.maxSearches),
    maxTokens: Math.min(asked?.max_tokens ?? caps.maxTokens, caps.maxTokens),
  };
}

export function toWireAnswer({ budget, budgetUsed, stoppedBy, ...answer }: ResearchAnswer): ResearchWireAnswer {
  const { question, plan, findings, open, report, citations, model, degraded } = answer;
  return {
    ...{ question, plan: [...plan], findings: findings.map(toWireFinding), open: [...open], report },
    citations: [...citations],
    budget: toWireLimits(budget),
    budget_used: budgetUsed,
    stopped_by: stoppedBy,
    model,
    degraded: [...degraded],
  };
}

export function toWireEvent(event: ResearchEvent): WireEvent {
  switch (event.type) {
    case 'plan':
      return { type: 'plan', data: { plan: event.plan, budget: toWireLimits(event.budget) } };
    case 'search': {
      const { type, newSources, ...step } = event;
      const sources = newSources.map(({ documentId, title, source }) => ({ document_id: documentId, title, source }));
      return { type, data: { ...step, new_sources: sources } };
    }
    case 'finding':
      return { type: 'finding', data: event.finding };
    case 'report':
      return { type: 'report', data: { text: event.text } };
    case 'done':
      return { type: 'done', data: toWireAnswer(event.answer) };
    default:
      return event satisfies never;
  }
}

function toWireFinding({ citations, ...finding }: Finding): ResearchWireAnswer['findings'][number] {
  return { ...finding, citations: [...citations] };
}

function toWireLimits({ maxSeconds, maxSearches, maxTokens }: BudgetLimits): ResearchWireAnswer['budget'] {
  return { max_seconds: maxSeconds, max_searches: maxSearches, max_tokens: maxTokens };
}

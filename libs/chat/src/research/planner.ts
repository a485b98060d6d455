/** The first agent: from a question to sub-questions. It sees no document, so nothing in one can change the plan. */
import type { CallContext } from '@acervo/kernel';
import { detectLanguage } from '@acervo/language';
import { z } from 'zod';

import { cleanCitations } from '../citations';
import type { ModelDesk } from './model-desk';
import { keywordsOf, maxSubQuestions, planByRules } from './plan-by-rules';
import type { SubQuestion } from './research';
import { planInstructions } from './research-instructions';

const line = z.string().trim().min(1).max(300);
const planShape = z.object({
  sub_questions: z
    .array(z.union([line, z.object({ question: line, queries: z.array(line).max(5).default([]) })]))
    .min(1)
    .max(2 * maxSubQuestions),
});
const maxTokens = 800;
const none: ReadonlySet<never> = new Set();

/** By rules when the model takes no instructions, gives no plan of the right shape, or has no budget. */
export async function plan(question: string, desk: ModelDesk, context: CallContext): Promise<SubQuestion[]> {
  const made = desk.model.capabilities.followsInstructions ? await planByModel(question, desk, context) : undefined;
  return (made ?? planByRules(question)).map((part) => ({ ...part, phrasings: phrasingsOf(part, question) }));
}

async function planByModel(
  question: string,
  desk: ModelDesk,
  context: CallContext,
): Promise<SubQuestion[] | undefined> {
  const instructions = planInstructions(detectLanguage(question));
  const asked = { stage: 'planning' as const, instructions, message: question, sources: [], maxTokens };
  const answer = await desk.askJson(asked, planShape, context);
  const parts = (answer?.sub_questions ?? [])
    .map((part) => (typeof part === 'string' ? { question: part, queries: [] } : part))
    .map((part) => ({ question: clean(part.question), phrasings: part.queries.map(clean).filter(isSaid) }))
    .filter((part) => isSaid(part.question))
    .slice(0, maxSubQuestions);
  if (parts.length === 0) return undefined;
  const known = new Map(
    parts.map((part) => [part.question.toLowerCase(), { ...part, query: part.question, isReserve: false }]),
  );
  return [...known.values()];
}

/** Those of the plan, the words of content alone, and the words with those of the whole question. */
function phrasingsOf(part: SubQuestion, whole: string): string[] {
  const words = keywordsOf(part.query);
  const all = [...part.phrasings, words, `${words} ${keywordsOf(whole)}`.trim()];
  return [...new Set(all)].filter((phrasing) => phrasing !== part.query && isSaid(phrasing));
}

function clean(text: string): string {
  return cleanCitations(text, none, none).text.replace(/\s+/g, ' ').trim();
}

function isSaid(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}

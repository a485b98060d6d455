import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

import { isProblemCode } from '@acervo/problem';

const root = join(__dirname, '../../..');
const pages = ['docs/en', 'docs/pt'].flatMap((folder) =>
  readdirSync(join(root, folder)).map((file) => `${folder}/${file}`),
);
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');

interface Question {
  readonly _id: string;
  readonly text: string;
  readonly language: 'pt' | 'en';
}

const questions = linesOf('queries.jsonl').map((line) => JSON.parse(line) as Question);
const judgements = linesOf('qrels.tsv')
  .slice(1)
  .map((line) => {
    const [question = '', page = '', score] = line.split('\t');
    return { question, page, score: Number(score) };
  });

function linesOf(file: string): string[] {
  return readFileSync(join(__dirname, file), 'utf8').trimEnd().split('\n');
}

describe('the labelled questions', () => {
  it('are at least forty in each language, and no id or text comes twice', () => {
    for (const language of ['pt', 'en']) {
      expect(questions.filter((question) => question.language === language).length).toBeGreaterThanOrEqual(40);
    }
    expect(new Set(questions.map(({ _id }) => _id)).size).toBe(questions.length);
    expect(new Set(questions.map(({ text }) => text)).size).toBe(questions.length);
  });

  it('are judged by 1 or 2, once a page, on pages that exist', () => {
    const ids = new Set(questions.map(({ _id }) => _id));
    const seen = new Set(judgements.map(({ question, page }) => `${question} ${page}`));
    expect(seen.size).toBe(judgements.length);
    expect(judgements.filter(({ question }) => !ids.has(question))).toEqual([]);
    expect(judgements.filter(({ page }) => !pages.includes(page))).toEqual([]);
    expect(judgements.filter(({ score }) => score !== 1 && score !== 2)).toEqual([]);
  });

  it('have a best page in their own language and an answer in the other', () => {
    const unanswered = questions.filter(({ _id, language }) => {
      const own = judgements.filter(({ question }) => question === _id);
      const hasBest = own.some(({ page, score }) => score === 2 && page.startsWith(`docs/${language}/`));
      return !hasBest || !own.some(({ page }) => !page.startsWith(`docs/${language}/`));
    });
    expect(unanswered).toEqual([]);
  });

  it('ask for every page of the manual', () => {
    const wanted = new Set(judgements.filter(({ score }) => score === 2).map(({ page }) => page));
    expect(pages.filter((page) => !wanted.has(page))).toEqual([]);
  });
});

describe('the manual', () => {
  it('begins every page with title, date and area', () => {
    const frontMatter = /^---\ntitle: .+\ndate: \d{4}-\d\d-\d\d\narea: \w+\n---\n/;
    expect(pages.filter((page) => !frontMatter.test(textOf(page)))).toEqual([]);
  });

  it('links only to pages that exist', () => {
    const dead = pages.flatMap((page) =>
      [...textOf(page).matchAll(/\]\((?!https?:)([^)#]+)/g)]
        .map(([, target = '']) => normalize(join(dirname(page), target)))
        .filter((target) => !existsSync(join(root, target)))
        .map((target) => `${page} → ${target}`),
    );
    expect(dead).toEqual([]);
  });

  it('names only error codes of the catalogue', () => {
    const code = /\/problems\/([A-Z_]+)|`([A-Z]+(?:_[A-Z]+)+)` \(\d{3}\)|\b[45]\d\d `([A-Z_]+)`/g;
    const unknown = pages.flatMap((page) =>
      [...textOf(page).matchAll(code)]
        .map(([, inPath, beforeStatus, afterStatus]) => inPath ?? beforeStatus ?? afterStatus ?? '')
        .filter((name) => !isProblemCode(name))
        .map((name) => `${page}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });
});

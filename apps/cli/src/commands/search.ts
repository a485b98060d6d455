import { Command } from 'commander';
import pc from 'picocolors';

import { defaultSearchOptions, searchRequestSchema, SearchService, type SearchAnswer } from '@acervo/search';

import { withEngines } from '../with-engines';

interface Options {
  readonly collection?: string;
  readonly mode?: string;
  readonly results: string;
  readonly language?: string;
  readonly json?: true;
}

export function searchCommand(): Command {
  return new Command('search')
    .description('ask a question without a server')
    .argument('<question...>', 'the question')
    .option('-c, --collection <name>', 'default: COLLECTION_NAME')
    .option('-m, --mode <mode>', 'hybrid, semantic or lexical')
    .option('-n, --results <n>', 'how many passages', '5')
    .option('-l, --language <language>', 'pt, en or other')
    .option('--json', 'print the answer as the API gives it')
    .action(search);
}

async function search(words: readonly string[], { collection, mode, results, language, json }: Options): Promise<void> {
  const request = searchRequestSchema.parse({
    query: words.join(' '),
    max_results: Number(results),
    ...(mode === undefined ? {} : { mode }),
    ...(collection === undefined ? {} : { collection }),
    ...(language === undefined ? {} : { filters: { language } }),
  });
  const answer = await withEngines({}, async ({ config, engines: { store, vectorIndex, embedder }, context }) => {
    const options = { ...defaultSearchOptions, defaultCollection: config.COLLECTION_NAME };
    return (await new SearchService(store, vectorIndex, embedder, options).search(request, context)).answer;
  });
  process.stdout.write(json === true ? `${JSON.stringify(answer, undefined, 2)}\n` : render(answer));
}

const maxShownCharacters = 300;

function render({ results, degraded }: SearchAnswer): string {
  const warning = degraded.length > 0 ? pc.yellow(`Degraded: ${degraded.join(', ')}\n`) : '';
  if (results.length === 0) return `${warning}Nothing found.\n`;
  const blocks = results.map(({ rank, score, title, source, headings, text }) => {
    const place = [source, ...headings].join(' › ');
    const shown = text.replace(/\s+/g, ' ').slice(0, maxShownCharacters);
    return `${pc.bold(`${rank}. ${title}`)}  ${pc.dim(score.toFixed(3))}\n   ${pc.cyan(place)}\n   ${shown}\n`;
  });
  return `${warning}${blocks.join('\n')}`;
}

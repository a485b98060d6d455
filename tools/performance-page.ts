/** The pages that put what the origin promised beside what was last measured (docs/figures/claims.json). */
import type { Claim, ClaimId, ClaimsReport } from '../apps/cli/src/bench/claims/claims-report';
import { claimTexts, pageTexts, type Language } from './performance-texts';

/** What a busy machine does not change. */
const timeless: ReadonlySet<ClaimId> = new Set<ClaimId>(['gzip', 'chunking']);

export function renderPerformancePage(
  language: Language,
  { claims, conditions, isQuick, noClaim }: ClaimsReport,
): string {
  const text = pageTexts[language];
  const show = showIn(language);
  const isNoise = ({ id }: Claim): boolean => !timeless.has(id) && (isQuick || noClaim.length > 0);
  const rows = claims.map((claim) => {
    const { low, high } = claim.promised;
    const promised = `${show.plain(claim, low)}–${show.value(claim, high)}`;
    const interval = claim.interval?.map((value) => show.value(claim, value)).join(` ${text.to} `) ?? '–';
    const cells = [claimTexts[language][claim.id].name, promised, show.value(claim, claim.measured), interval];
    return `| ${[...cells, text.verdicts[isNoise(claim) ? 'none' : verdictOf(claim)]].join(' | ')} |`;
  });
  const sections = claims.flatMap((claim) => [
    `## ${claimTexts[language][claim.id].title}`,
    claimTexts[language][claim.id].body(figuresOf(claim, show)),
  ]);
  const { processor, cores, memoryGiB, node, loadAverage, at, acervo } = conditions;
  const machine = text.machine({
    ...{ acervo, node, processor, cores: String(cores), memory: String(memoryGiB) },
    ...{ load: show.number(loadAverage), day: at.slice(0, 10), time: at.slice(11, 16) },
  });
  return [
    ['---', `title: '${text.title}'`, `date: ${at.slice(0, 10)}`, 'area: operations', '---'].join('\n'),
    `# ${text.title}`,
    text.introduction,
    [`| ${text.head.join(' | ')} |`, `| ${text.head.map(() => '---').join(' | ')} |`, ...rows].join('\n'),
    `## ${text.conditionsTitle}`,
    machine,
    ...(isQuick ? [text.quick] : []),
    ...(noClaim.length === 0 ? [] : [text.noClaim]),
    text.howTo,
    ...sections,
    text.end,
  ].join('\n\n');
}

function verdictOf({ measured, promised }: Claim): 'above' | 'within' | 'below' {
  if (measured > promised.high) return 'above';
  return measured >= promised.low ? 'within' : 'below';
}

interface Show {
  readonly number: (value: number) => string;
  readonly plain: (claim: Claim, value: number) => string;
  readonly value: (claim: Claim, value: number) => string;
}

function showIn(language: Language): Show {
  const number = (value: number): string => {
    const text = Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
    return language === 'pt' ? text.replace('.', ',') : text;
  };
  const plain = ({ promised }: Claim, value: number): string =>
    number(promised.as === 'times' ? value : Math.round(value * 1_000) / 10);
  const value = (claim: Claim, of: number): string =>
    claim.promised.as === 'times' ? `${plain(claim, of)}×` : `${plain(claim, of)} %`;
  return { number, plain, value };
}

function figuresOf({ figures }: Claim, { number }: Show): (name: string) => string {
  return (name) => number(figures[name] ?? NaN);
}

/** Texts that are generated from the settings table: `.env.example` and the configuration page of the manual. */
import { environments, type Setting } from './setting';
import { settings } from './settings';

export type ManualLanguage = 'en' | 'pt';

const rows: readonly [string, Setting<unknown>][] = Object.entries(settings);

export function renderEnvExample(): string {
  const blocks = rows.map(([name, setting]) => {
    const value = setting.defaults.development ?? '';
    const notes = [setting.description.en, `Expected: ${setting.expects}.`, ...profileNote(setting)];
    if (setting.isReserved) notes.push('Checked, without effect in this release.');
    if (setting.isSecret) notes.push(`Or ${name}_FILE: a file that holds it.`);
    return `${notes.map((note) => `# ${note}`).join('\n')}\n#${name}=${value}\n`;
  });
  return `# Generated from the settings table by "npm run generate". Copy to .env and remove the # of what you change.\n\n${blocks.join('\n')}`;
}

function profileNote(setting: Setting<unknown>): string[] {
  const { development, production } = setting.defaults;
  const highPerformance = setting.defaults['high-performance'];
  if (production === development && highPerformance === development) return [];
  return [`production: ${production ?? ''}; high-performance: ${highPerformance ?? ''}`];
}

interface Wording {
  readonly title: string;
  readonly intro: string;
  readonly columns: readonly string[];
  readonly secret: string;
  readonly reserved: string;
  readonly reservedTitle: string;
  readonly tableTitle: string;
  readonly absent: string;
  expects(english: string): string;
}

const wordings: Record<ManualLanguage, Wording> = {
  en: {
    title: 'Configuration reference',
    intro: `Acervo reads its configuration once, at start. A value is looked for in this order: an environment variable, a \`.env\` file in the working folder, a file named by \`NAME_FILE\` (secrets only), the profile picked by \`ENVIRONMENT\`. Every name may also be written with the prefix \`ACERVO_\`, as in \`ACERVO_PORT\`, where the short name is taken by something else.

All problems are reported at once, each with the value found, where it was found and what was expected; the process then exits with code 78. An unknown \`ACERVO_\` name is refused, and the nearest known name is proposed. Secrets are printed as \`[redacted]\` everywhere.

\`npx acervo config\` prints what is in force and where each value came from. The profiles are \`development\` (the default), \`production\` and \`high-performance\`; every single value of a profile can be overridden.`,
    columns: ['Name', 'Meaning', 'Expected', 'development', 'production', 'high-performance'],
    secret: 'Secret: may be given as',
    tableTitle: 'Settings',
    reservedTitle: 'Accepted, without effect in this release',
    reserved:
      'These names are read and checked, so that one file serves all deployments, but nothing acts on them in this release.',
    absent: '—',
    expects: (english) => english,
  },
  pt: {
    title: 'Referência de configuração',
    intro: `O Acervo lê a configuração uma única vez, ao iniciar. Cada valor é procurado nesta ordem: variável de ambiente, arquivo \`.env\` na pasta de trabalho, arquivo indicado por \`NOME_FILE\` (só para segredos) e, por fim, o perfil escolhido em \`ENVIRONMENT\`. Todo nome também pode ser escrito com o prefixo \`ACERVO_\`, como em \`ACERVO_PORT\`, quando o nome curto já tem outro uso.

Todos os problemas são relatados de uma vez, cada um com o valor encontrado, o lugar em que estava e o que se esperava; o processo então termina com o código 78. Um nome \`ACERVO_\` desconhecido é recusado, com a sugestão do nome mais parecido. Segredos aparecem sempre como \`[redacted]\`.

\`npx acervo config\` mostra o que está valendo e de onde veio cada valor. Os perfis são \`development\` (o padrão), \`production\` e \`high-performance\`; qualquer valor de um perfil pode ser trocado à parte.`,
    columns: ['Nome', 'Significado', 'Esperado', 'development', 'production', 'high-performance'],
    secret: 'Segredo: também pode vir de',
    tableTitle: 'Configurações',
    reservedTitle: 'Aceitas, sem efeito nesta versão',
    reserved:
      'Estes nomes são lidos e conferidos, para que um mesmo arquivo sirva a todos os ambientes, mas nada nesta versão depende deles.',
    absent: '—',
    expects: (english) =>
      english
        .replace(/^a whole number from (\S+) to (\S+)$/, 'um inteiro de $1 a $2')
        .replace(/^a number from (\S+) to (\S+)$/, 'um número de $1 a $2')
        .replace(/^one of /, 'um entre ')
        .replace('true or false', 'true ou false')
        .replace('an address or host name', 'um endereço ou nome de máquina')
        .replace('an http or https address', 'um endereço http ou https')
        .replace('a model name', 'um nome de modelo')
        .replace('a folder', 'uma pasta')
        .replace('a key', 'uma chave')
        .replace('up to 63 letters, digits, _ and -', 'até 63 letras, dígitos, _ e -')
        .replace('addresses such as https://app.example.com, or *', 'endereços como https://app.example.com, ou *'),
  },
};

/** The page `docs/en/configuration.md` or `docs/pt/configuracao.md`. */
export function renderManualPage(language: ManualLanguage): string {
  const wording = wordings[language];
  const table = (reserved: boolean): string => {
    const header = `| ${wording.columns.join(' | ')} |\n|${' --- |'.repeat(wording.columns.length)}`;
    const body = rows.filter(([, setting]) => setting.isReserved === reserved).map((row) => tableRow(row, language));
    return [header, ...body].join('\n');
  };
  return `---
title: ${wording.title}
date: 2026-11-24
area: configuration
---

# ${wording.title}

${wording.intro}

## ${wording.tableTitle}

${table(false)}

## ${wording.reservedTitle}

${wording.reserved}

${table(true)}
`;
}

function tableRow([name, setting]: readonly [string, Setting<unknown>], language: ManualLanguage): string {
  const wording = wordings[language];
  const secret = setting.isSecret ? ` ${wording.secret} \`${name}_FILE\`.` : '';
  const values = environments.map((environment) => {
    const value = setting.defaults[environment];
    return value === undefined || value === '' ? wording.absent : `\`${value}\``;
  });
  const cells = [`\`${name}\``, setting.description[language] + secret, wording.expects(setting.expects), ...values];
  return `| ${cells.join(' | ')} |`;
}

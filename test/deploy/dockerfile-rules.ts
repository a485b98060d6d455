/** What the image must be, as rules over its Dockerfile; each gives what is wrong, with the line. */
import { environmentOf, execForm, type Stage, type Step } from './dockerfile';

type Rule = (stages: readonly Stage[]) => readonly string[];

const inits = ['tini', 'dumb-init'];
const buildTools = /\b(build-essential|gcc|g\+\+|make|python3|npm (ci|install)|npx)(?!\w)/;
const secret = /KEY|TOKEN|SECRET|PASSWORD/;

const at = ({ line }: Step, why: string): string => `line ${line}: ${why}`;

function steps(stages: readonly Stage[], keyword: string): readonly Step[] {
  return stages.flatMap((stage) => stage.steps.filter((step) => step.keyword === keyword));
}

function ofLast(stages: readonly Stage[], keyword: string): readonly Step[] {
  return stages.slice(-1).flatMap((stage) => stage.steps.filter((step) => step.keyword === keyword));
}

/** One step of this kind, or what is wrong. */
function only(stages: readonly Stage[], keyword: string, check: (step: Step) => string | undefined): readonly string[] {
  const [step, ...others] = ofLast(stages, keyword);
  if (step === undefined) return [`the last stage has no ${keyword}`];
  const why = others.length > 0 ? `a second ${keyword} would win` : check(step);
  return why === undefined ? [] : [at(others[0] ?? step, why)];
}

export const dockerfileRules = {
  'has several stages': (stages) => (stages.length > 1 ? [] : ['one stage holds the tools that build it']),

  'names a version of its base': (stages) =>
    stages
      .filter(({ image }) => !/:\d+[\w.-]*(@sha256:[0-9a-f]{64})?$/.test(image))
      .map(({ image }) => `${image} is another image every month`),

  'runs as a user that has a number and is not root': (stages) =>
    only(stages, 'USER', ({ text }) => (/^[1-9]\d*(:[1-9]\d*)?$/.test(text) ? undefined : `${text} may be root`)),

  'changes nothing in the image as that user': (stages) => {
    const [user] = ofLast(stages, 'USER');
    return ofLast(stages, 'RUN')
      .filter(({ line }) => user !== undefined && line > user.line)
      .map((step) => at(step, 'files of the program must not belong to its user'));
  },

  'has no build tools in the last stage': (stages) =>
    ofLast(stages, 'RUN')
      .filter(({ text }) => buildTools.test(text.replace(/rm -rf [^&]*/g, '')))
      .map((step) => at(step, 'a tool that builds')),

  'installs system packages without recommended ones and without lists': (stages) =>
    steps(stages, 'RUN')
      .filter(({ text }) => text.includes('apt-get install'))
      .filter(({ text }) => !text.includes('--no-install-recommends') || !text.includes('rm -rf /var/lib/apt/lists'))
      .map((step) => at(step, 'apt-get leaves behind what nobody asked for')),

  'installs exactly what is locked, and runs no script of a package': (stages) =>
    steps(stages, 'RUN')
      .filter(({ text }) => /\bnpm (i|install|add|ci)\b/.test(text))
      .filter(({ text }) => !/\bnpm ci\b/.test(text) || !text.includes('--ignore-scripts'))
      .map((step) => at(step, 'use npm ci --ignore-scripts')),

  'takes packages into the last stage without those for development': (stages) => {
    const sources = ofLast(stages, 'COPY').flatMap(({ text }) => /--from=(\S+)\s\S*node_modules/.exec(text)?.[1] ?? []);
    const bad = sources.filter(
      (source) =>
        !stages
          .find(({ name }) => name === source)
          ?.steps.some(({ text }) => /npm ci\b.*--omit=dev|npm prune --omit=dev/.test(text)),
    );
    return bad.map((source) => `${source} has development packages`);
  },

  'copies the lock file before the sources': (stages) =>
    stages.flatMap((stage) => {
      const install = stage.steps.find(({ text }) => /\bnpm ci\b/.test(text));
      const early = stage.steps.filter(({ keyword, line }) => keyword === 'COPY' && line < (install?.line ?? 0));
      return early
        .filter(({ text }) => /^(\.|apps|libs)\b/.test(text))
        .map((step) => at(step, 'each change of a source would install everything again'));
    }),

  'names what it copies': (stages) =>
    steps(stages, 'COPY')
      .filter(({ text }) => /^\.\/?\s/.test(text))
      .map((step) => at(step, 'whatever lies in the folder would go into the image')),

  'has no ADD, which fetches and unpacks': (stages) => steps(stages, 'ADD').map((step) => at(step, 'use COPY')),

  'holds no secrets': (stages) =>
    [...steps(stages, 'ENV'), ...steps(stages, 'ARG')]
      .filter(({ text }) => [...text.matchAll(/(\w+)=/g)].some(([, name = '']) => secret.test(name)))
      .map((step) => at(step, 'everybody who has the image would have it')),

  'asks by HEALTHCHECK whether the process lives, without a shell': (stages) =>
    only(stages, 'HEALTHCHECK', ({ text }) => {
      if (execForm(text) === undefined) return 'a shell is not needed';
      if (!/--timeout=/.test(text)) return 'a check that hangs must end';
      return text.includes('/health/live') ? undefined : 'only /health/live speaks for the process alone';
    }),

  'starts an init that passes signals on': (stages) =>
    only(stages, 'ENTRYPOINT', ({ text }) =>
      inits.includes(execForm(text)?.[0] ?? '') ? undefined : 'process 1 must pass signals on and reap',
    ),

  'starts the program without a shell or npm': (stages) =>
    only(stages, 'CMD', ({ text }) => {
      const words = execForm(text);
      return words === undefined || /^(npm|npx|sh|bash)$/.test(words[0] ?? '') ? 'signals would end there' : undefined;
    }),

  'keeps its data in a volume, and exposes its port': (stages) => {
    const last = stages.at(-1);
    const environment = last === undefined ? undefined : environmentOf(last);
    return [
      ...only(stages, 'VOLUME', ({ text }) => (text === environment?.get('DATA_DIR') ? undefined : 'not DATA_DIR')),
      ...only(stages, 'EXPOSE', ({ text }) => (text === environment?.get('PORT') ? undefined : 'not PORT')),
    ];
  },
} as const satisfies Record<string, Rule>;

export type DockerfileRule = keyof typeof dockerfileRules;

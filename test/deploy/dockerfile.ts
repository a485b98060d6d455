/** A Dockerfile as its stages, with arguments filled in. */
import { DockerfileParser, From, type Instruction } from 'dockerfile-ast';

export interface Step {
  /** Upper case: `RUN`, `COPY` … */
  readonly keyword: string;
  /** Without the keyword; the lines of one instruction joined. */
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

export interface Stage {
  readonly name: string | undefined;
  readonly image: string;
  readonly steps: readonly Step[];
}

export function readStages(dockerfile: string): readonly Stage[] {
  const parsed = DockerfileParser.parse(dockerfile);
  const defaults = new Map(
    parsed.getInitialARGs().map((argument) => {
      const property = argument.getProperty();
      return [property?.getName() ?? '', property?.getValue() ?? ''];
    }),
  );
  const fill = (text: string): string =>
    text.replace(/\$\{?(\w+)\}?/g, (whole, name: string) => defaults.get(name) ?? whole);
  const stages: { name: string | undefined; image: string; steps: Step[] }[] = [];
  for (const instruction of parsed.getInstructions()) {
    if (instruction instanceof From) {
      stages.push({
        name: instruction.getBuildStage() ?? undefined,
        image: fill(instruction.getImage() ?? ''),
        steps: [],
      });
    } else stages.at(-1)?.steps.push(toStep(instruction));
  }
  return stages;
}

/** The words of an instruction in the form `["a", "b"]`; undefined for one that a shell takes apart. */
export function execForm(text: string): readonly string[] | undefined {
  const list = /\[[\s\S]*\]$/.exec(text)?.[0];
  if (list === undefined) return undefined;
  const words: unknown = JSON.parse(list);
  return Array.isArray(words) ? words.map(String) : undefined;
}

/** The variables of all ENV steps. */
export function environmentOf({ steps }: Stage): ReadonlyMap<string, string> {
  return new Map(
    steps
      .filter(({ keyword }) => keyword === 'ENV')
      .flatMap(({ text }) =>
        [...text.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value] as const),
      ),
  );
}

function toStep(instruction: Instruction): Step {
  const text = instruction
    .getTextContent()
    .replace(/^\w+\s+/, '')
    .replace(/^\s*#.*$/gm, '')
    .replace(/\\\s*\n\s*/g, ' ');
  return { keyword: instruction.getKeyword(), text: text.trim(), line: instruction.getRange().start.line + 1 };
}

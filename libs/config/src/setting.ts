import { z } from 'zod';

export const environments = ['development', 'production', 'high-performance'] as const;
export type Environment = (typeof environments)[number];

export interface Described {
  readonly en: string;
  readonly pt: string;
}

/** One row of the schema. `Output` is the type the program sees. */
export interface Setting<Output> {
  readonly schema: z.ZodType<Output, string>;
  /** What a valid value looks like, for error messages and the manual. */
  readonly expects: string;
  readonly description: Described;
  /** As it would be written in a `.env` file; `undefined` means absent. */
  readonly defaults: Readonly<Record<Environment, string | undefined>>;
  /** Printed as `[redacted]`; may also be given as NAME_FILE. */
  readonly isSecret: boolean;
  /** Read and checked, but nothing in this release acts on it. */
  readonly isReserved: boolean;
}

type Defaults = string | undefined | readonly [development: string, production: string, highPerformance: string];

function perEnvironment(defaults: Defaults): Setting<unknown>['defaults'] {
  const [development, production, highPerformance] =
    typeof defaults === 'object' ? defaults : [defaults, defaults, defaults];
  return { development, production, 'high-performance': highPerformance };
}

interface Options {
  readonly en: string;
  readonly pt: string;
  readonly reserved?: true;
  readonly secret?: true;
}

function setting<Output>(
  schema: z.ZodType<Output, string>,
  expects: string,
  defaults: Defaults,
  { en, pt, reserved, secret }: Options,
): Setting<Output> {
  return {
    schema,
    expects,
    description: { en, pt },
    defaults: perEnvironment(defaults),
    isSecret: secret === true,
    isReserved: reserved === true,
  };
}

export function integer(min: number, max: number, defaults: Defaults, options: Options): Setting<number> {
  const schema = z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number)
    .pipe(z.number().int().min(min).max(max));
  return setting(schema, `a whole number from ${min} to ${max}`, defaults, options);
}

/** A whole number, or `auto`: the program decides. */
export function integerOrAuto(
  min: number,
  max: number,
  defaults: Defaults,
  options: Options,
): Setting<number | 'auto'> {
  const schema = z.union([z.literal('auto'), integer(min, max, defaults, options).schema]);
  return setting(schema, `auto or a whole number from ${min} to ${max}`, defaults, options);
}

export function decimal(min: number, max: number, defaults: Defaults, options: Options): Setting<number> {
  const schema = z
    .string()
    .regex(/^-?\d+(\.\d+)?$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max));
  return setting(schema, `a number from ${min} to ${max}`, defaults, options);
}

export function flag(defaults: Defaults, options: Options): Setting<boolean> {
  const schema = z.enum(['true', 'false']).transform((value) => value === 'true');
  return setting(schema, 'true or false', defaults, options);
}

export function oneOf<const Values extends readonly [string, ...string[]]>(
  values: Values,
  defaults: Defaults,
  options: Options,
): Setting<Values[number]> {
  const schema = z.string().refine((value): value is Values[number] => values.includes(value));
  return setting(
    schema as unknown as z.ZodType<Values[number], string>,
    `one of ${values.join(', ')}`,
    defaults,
    options,
  );
}

export function text(expects: string, pattern: RegExp, defaults: Defaults, options: Options): Setting<string> {
  return setting(z.string().regex(pattern), expects, defaults, options);
}

/** A comma-separated list; empty when the value is empty. */
export function list(expects: string, item: RegExp, defaults: Defaults, options: Options): Setting<readonly string[]> {
  const schema = z
    .string()
    .transform((value) => value.split(',').map((part) => part.trim()))
    .transform((parts) => parts.filter((part) => part !== ''))
    .pipe(z.array(z.string().regex(item)));
  return setting(schema, expects, defaults, options);
}

/** The same setting, absent when not given. */
export function optional<Output>(base: Setting<Output>): Setting<Output | undefined> {
  return { ...base, schema: base.schema.optional() as z.ZodType<Output | undefined, string> };
}

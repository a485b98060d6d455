import type { z } from 'zod';

/** The JSON object in what a model wrote, also inside a fence or between words. Undefined: none that has the shape. */
export function parseJson<T>(text: string, shape: z.ZodType<T>): T | undefined {
  const start = text.indexOf('{');
  const end = text.lastIndexOf('}');
  if (start < 0 || end < start) return undefined;
  try {
    const parsed = shape.safeParse(JSON.parse(text.slice(start, end + 1)));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

import type { JSX } from 'preact';

import type { Citation, Span } from '../api/wire';
import { useMessages } from '../i18n/language';
import type { Inline } from './inline';
import { parseMarkdown, type Block } from './markdown';

interface Props {
  readonly source: string;
  readonly citations: readonly Citation[];
  readonly onCite: (citation: Citation) => void;
  /** Sentences without support, by offsets in `source`. */
  readonly unsupported?: readonly Span[];
}

interface Context extends Omit<Props, 'source'> {
  readonly label: (citation: Citation) => string;
  readonly unsupportedLabel: string;
}

/** Elements and text, never markup: nothing in `source` can become more than words on the page. */
export function MarkdownView({ source, ...rest }: Props): JSX.Element {
  const m = useMessages();
  const context: Context = {
    ...rest,
    label: ({ index, title }) => m.chat.citation(index, title),
    unsupportedLabel: m.chat.unsupported,
  };
  return <div class="prose">{parseMarkdown(source).map((block) => blockOf(block, context))}</div>;
}

function blockOf(block: Block, context: Context): JSX.Element {
  switch (block.type) {
    case 'heading': {
      // The page has h1 and h2 of its own.
      const Heading = `h${Math.min(block.level + 2, 6)}` as 'h3';
      return <Heading>{inlines(block.children, context)}</Heading>;
    }
    case 'paragraph':
      return <p>{inlines(block.children, context)}</p>;
    case 'quote':
      return <blockquote>{inlines(block.children, context)}</blockquote>;
    case 'list':
      return (
        <ul>
          {block.items.map(({ depth, marker, children }) => (
            <li class={`depth-${depth}`} {...(marker !== undefined && { 'data-marker': marker })}>
              {inlines(children, context)}
            </li>
          ))}
        </ul>
      );
    case 'table': {
      const [head = [], ...rows] = block.rows;
      return (
        <div class="table-box" tabIndex={0}>
          <table>
            <thead>
              <tr>
                {head.map((cell) => (
                  <th scope="col">{inlines(cell, context)}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((cells) => (
                <tr>
                  {cells.map((cell) => (
                    <td>{inlines(cell, context)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      );
    }
    case 'code':
      return (
        <pre tabIndex={0}>
          <code>{block.text}</code>
        </pre>
      );
    case 'rule':
      return <hr />;
  }
}

function inlines(parts: readonly Inline[], context: Context): (JSX.Element | string | (JSX.Element | string)[])[] {
  return parts.map((part) => {
    switch (part.type) {
      case 'text':
        return markUnsupported(part.text, part.start, context);
      case 'code':
        return <code>{part.text}</code>;
      case 'strong':
        return <strong>{inlines(part.children, context)}</strong>;
      case 'emphasis':
        return <em>{inlines(part.children, context)}</em>;
      case 'citation':
        return <CitationMark index={part.index} context={context} />;
    }
  });
}

function markUnsupported(
  text: string,
  start: number,
  { unsupported = [], unsupportedLabel }: Context,
): (JSX.Element | string)[] {
  const pieces: (JSX.Element | string)[] = [];
  let at = 0;
  for (const span of unsupported) {
    const from = Math.max(span.start - start, at);
    const to = Math.min(span.end - start, text.length);
    if (from >= to) continue;
    pieces.push(
      text.slice(at, from),
      <span class="unsupported" title={unsupportedLabel}>
        {text.slice(from, to)}
      </span>,
    );
    at = to;
  }
  return [...pieces, text.slice(at)];
}

/** A number whose passage is not known, as in an older conversation, is only a number. */
function CitationMark({ index, context }: { readonly index: number; readonly context: Context }): JSX.Element {
  const citation = context.citations.find((one) => one.index === index);
  if (citation === undefined) return <sup class="cite cite-idle">{index}</sup>;
  return (
    <button
      type="button"
      class="cite"
      title={citation.quote}
      aria-label={context.label(citation)}
      onClick={() => {
        context.onCite(citation);
      }}
    >
      {index}
    </button>
  );
}

import type { JSX } from 'preact';

interface Props {
  readonly title: string;
  readonly note?: string | undefined;
  readonly head: readonly string[];
  /** Cells in the order of `head`; the first names the row. */
  readonly rows: readonly (readonly string[])[];
}

export function NumberTable({ title, note, head, rows }: Props): JSX.Element {
  return (
    <section class="numbers">
      <h2>{title}</h2>
      {note !== undefined && <p class="quiet">{note}</p>}
      {rows.length > 0 && (
        // What scrolls sideways on a small screen is reached by the keyboard.
        <div class="table-box" tabIndex={0} role="region" aria-label={title}>
          <table>
            <thead>
              <tr>
                {head.map((name, index) =>
                  name === '' ? (
                    <td key={index} />
                  ) : (
                    <th scope="col" key={index}>
                      {name}
                    </th>
                  ),
                )}
              </tr>
            </thead>
            <tbody>
              {rows.map((cells, row) => (
                <tr key={row}>
                  {cells.map((cell, column) => (
                    <td key={column}>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { deleteDocument, listDocuments } from '../api/client';
import { asProblem, isAbort, type Problem } from '../api/problem';
import type { DocumentPage, DocumentSummary } from '../api/wire';
import { useFormats } from '../i18n/formats';
import { useMessages } from '../i18n/language';
import { openPassage } from '../reader/open-passage';
import { EmptyState } from '../ui/empty-state';
import { Icon } from '../ui/icon';
import { Modal } from '../ui/modal';
import { ProblemNotice } from '../ui/problem-notice';

interface Props {
  readonly collection: string;
  /** Grows when something may have been added. */
  readonly version: number;
  readonly onRemoved: () => void;
}

const pageSize = 50;

export function DocumentTable({ collection, version, onRemoved }: Props): JSX.Element {
  const m = useMessages();
  const [page, setPage] = useState<DocumentPage>();
  const [problem, setProblem] = useState<Problem>();
  const [removing, setRemoving] = useState<DocumentSummary>();
  const [attempt, setAttempt] = useState(0);
  const named = collection === '' ? {} : { collection };

  useEffect(() => {
    const leaving = new AbortController();
    setProblem(undefined);
    listDocuments({ ...named, limit: pageSize }, leaving.signal).then(setPage, (error: unknown) => {
      if (!isAbort(error)) setProblem(asProblem(error));
    });
    return () => {
      leaving.abort();
    };
  }, [collection, version, attempt]);

  const more = async (cursor: string): Promise<void> => {
    try {
      const next = await listDocuments({ ...named, cursor, limit: pageSize });
      setPage((before) => ({ ...next, documents: [...(before?.documents ?? []), ...next.documents] }));
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  const remove = async ({ id, collection: owner }: DocumentSummary): Promise<void> => {
    setRemoving(undefined);
    try {
      await deleteDocument(id, owner);
      setPage((before) => before && { ...before, documents: before.documents.filter((one) => one.id !== id) });
      onRemoved();
    } catch (error) {
      setProblem(asProblem(error));
    }
  };

  const cursor = page?.cursor ?? null;
  return (
    <section class="list">
      <h2>{m.documents.list}</h2>
      {problem !== undefined && (
        <ProblemNotice
          problem={problem}
          onRetry={() => {
            setAttempt(attempt + 1);
          }}
        />
      )}
      {page === undefined && problem === undefined && (
        <div class="skeleton" role="status" aria-label={m.common.loading}>
          <i />
          <i />
          <i />
        </div>
      )}
      {page?.documents.length === 0 && (
        <EmptyState icon="documents" title={m.documents.emptyTitle} detail={m.documents.emptyDetail} />
      )}
      {page !== undefined && page.documents.length > 0 && <Rows documents={page.documents} onRemove={setRemoving} />}
      {cursor !== null && (
        <div class="row row-center">
          <button type="button" class="button" onClick={() => void more(cursor)}>
            {m.common.more}
          </button>
        </div>
      )}
      {removing !== undefined && (
        <ConfirmRemoval
          document={removing}
          onCancel={() => {
            setRemoving(undefined);
          }}
          onConfirm={() => void remove(removing)}
        />
      )}
    </section>
  );
}

interface RowsProps {
  readonly documents: readonly DocumentSummary[];
  readonly onRemove: (document: DocumentSummary) => void;
}

function Rows({ documents, onRemove }: RowsProps): JSX.Element {
  const m = useMessages();
  const f = useFormats();
  const { columns } = m.documents;
  return (
    <div class="table-box">
      <table class="documents">
        <thead>
          <tr>
            <th scope="col">{columns.title}</th>
            <th scope="col">{columns.type}</th>
            <th scope="col">{columns.language}</th>
            <th scope="col">{columns.date}</th>
            <th scope="col" class="number">
              {columns.passages}
            </th>
            <td />
          </tr>
        </thead>
        <tbody>
          {documents.map((document) => (
            <tr key={document.id}>
              <th scope="row">
                <button
                  type="button"
                  class="link-title"
                  aria-label={m.documents.openLabel(document.title)}
                  onClick={() => {
                    openPassage.set({
                      documentId: document.id,
                      collection: document.collection,
                      title: document.title,
                    });
                  }}
                >
                  {document.title}
                </button>
                <span class="quiet">{document.source}</span>
              </th>
              <td data-label={columns.type}>{document.doc_type}</td>
              <td data-label={columns.language}>{m.common.languages[document.language]}</td>
              <td data-label={columns.date}>{document.date === null ? '–' : f.date(document.date)}</td>
              <td data-label={columns.passages} class="number">
                {f.number(document.chunks)}
              </td>
              <td class="actions">
                <button
                  type="button"
                  class="button button-icon"
                  aria-label={m.documents.removeLabel(document.title)}
                  onClick={() => {
                    onRemove(document);
                  }}
                >
                  <Icon name="trash" />
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface ConfirmProps {
  readonly document: DocumentSummary;
  readonly onCancel: () => void;
  readonly onConfirm: () => void;
}

function ConfirmRemoval({ document, onCancel, onConfirm }: ConfirmProps): JSX.Element {
  const m = useMessages();
  return (
    <Modal label={m.documents.removeTitle} onClose={onCancel}>
      <div class="stack">
        <h2>{m.documents.removeTitle}</h2>
        <p>{m.documents.removeDetail(document.title)}</p>
        <div class="row row-end">
          <button type="button" class="button" autofocus onClick={onCancel}>
            {m.common.cancel}
          </button>
          <button type="button" class="button button-danger" onClick={onConfirm}>
            {m.common.remove}
          </button>
        </div>
      </div>
    </Modal>
  );
}

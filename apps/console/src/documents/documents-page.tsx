import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { useFormats } from '../i18n/formats';
import { useMessages } from '../i18n/language';
import { hrefOf } from '../router';
import { useStore } from '../store';
import { collections, CollectionSelect, refreshCollections } from '../ui/collection-select';
import { go } from '../use-place';
import { DocumentTable } from './document-table';
import { DropZone } from './drop-zone';
import { addFiles, arrivals } from './intake';
import { IntakeList } from './intake-list';
import { NewCollection } from './new-collection';
import { PasteForm } from './paste-form';

export function DocumentsPage({ query }: { readonly query: URLSearchParams }): JSX.Element {
  const m = useMessages();
  const f = useFormats();
  const collection = query.get('collection') ?? '';
  const known = useStore(collections);
  const arrived = useStore(arrivals);
  const [removed, setRemoved] = useState(0);
  const [isPasting, setIsPasting] = useState(false);
  // Counts change with what arrives and what goes; the list itself says when the server is away.
  useEffect(() => {
    if (arrived + removed > 0) refreshCollections().catch(() => undefined);
  }, [arrived, removed]);

  const show = (name: string): void => {
    go(hrefOf('documents', { collection: name }));
  };
  const shown =
    known?.find(({ name }) => name === collection) ?? (collection === '' && known?.length === 1 ? known[0] : undefined);
  return (
    <section class="page">
      <h1 class="title">{m.documents.title}</h1>
      <div class="row row-fields">
        <CollectionSelect value={collection} onChange={show} />
        <NewCollection onCreated={show} />
        {shown !== undefined && (
          <p class="quiet">{m.documents.counts(f.number(shown.documents), f.number(shown.chunks))}</p>
        )}
      </div>
      <DropZone
        onFiles={(files) => {
          addFiles(files, collection);
        }}
        isPasting={isPasting}
        onPaste={() => {
          setIsPasting(!isPasting);
        }}
      />
      {isPasting && (
        <PasteForm
          collection={collection}
          onDone={() => {
            setIsPasting(false);
          }}
        />
      )}
      <IntakeList />
      <DocumentTable
        key={collection}
        collection={collection}
        version={arrived}
        onRemoved={() => {
          setRemoved((count) => count + 1);
        }}
      />
    </section>
  );
}

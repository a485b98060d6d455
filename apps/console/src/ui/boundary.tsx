import { Component, type ComponentChildren, type JSX } from 'preact';

interface Props {
  readonly title: string;
  readonly retry: string;
  readonly children: ComponentChildren;
}

/** A page that stumbles does not take the others along; the browser's console has the whole story. */
export class Boundary extends Component<Props, { readonly error: string | undefined }> {
  override state = { error: undefined as string | undefined };

  override componentDidCatch(error: unknown): void {
    console.error(error);
    this.setState({ error: error instanceof Error ? error.message : String(error) });
  }

  override render({ title, retry, children }: Props): JSX.Element {
    const { error } = this.state;
    if (error === undefined) return <>{children}</>;
    return (
      <div class="notice notice-problem" role="alert">
        <strong>{title}</strong>
        <p>{error}</p>
        <div class="notice-foot">
          <button
            type="button"
            class="button"
            onClick={() => {
              this.setState({ error: undefined });
            }}
          >
            {retry}
          </button>
        </div>
      </div>
    );
  }
}

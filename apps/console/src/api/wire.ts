/**
 * What goes over the wire, as far as the page reads it. The rooms of the server are not imported: they would bring
 * their types of Node.js along. test/console holds these against the server's schemas.
 */
export type Mode = 'hybrid' | 'semantic' | 'lexical';
export type DocumentLanguage = 'pt' | 'en' | 'other';

export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Position extends Span {
  readonly page?: number | undefined;
}

export interface SearchFilters {
  readonly doc_type?: string[];
  readonly language?: DocumentLanguage[];
  readonly source?: string;
  readonly date_range?: { readonly start?: string; readonly end?: string };
}

export interface SearchRequest {
  readonly query: string;
  readonly mode: Mode;
  readonly max_results: number;
  readonly offset: number;
  readonly filters?: SearchFilters;
  readonly highlight: boolean;
  readonly explain: boolean;
  readonly group_by_document: boolean;
  readonly collection?: string;
}

export interface Side {
  readonly rank: number | null;
  readonly score: number;
}

export interface SearchResult {
  readonly rank: number;
  readonly score: number;
  readonly id: string;
  readonly document_id: string;
  readonly title: string;
  readonly text: string;
  readonly source: string;
  readonly doc_type: string;
  readonly language: DocumentLanguage;
  readonly date: string | null;
  readonly headings: string[];
  readonly position: Position;
  readonly highlights?: Span[] | undefined;
  readonly explain?:
    { readonly vector?: Side | undefined; readonly lexical?: Side | undefined; readonly fused: number } | undefined;
}

export interface SearchAnswer {
  readonly query: string;
  readonly collection: string;
  readonly mode: Mode;
  readonly generation: number;
  readonly degraded: string[];
  readonly results: SearchResult[];
}

export interface DocumentSummary {
  readonly id: string;
  readonly collection: string;
  readonly title: string;
  readonly source: string;
  readonly doc_type: string;
  readonly language: DocumentLanguage;
  readonly date: string | null;
  readonly chunks: number;
  readonly characters: number;
  readonly updated_at: string;
}

export interface DocumentWithText extends DocumentSummary {
  readonly text: string;
}

export interface DocumentPage {
  readonly documents: DocumentSummary[];
  readonly cursor: string | null;
}

export interface Collection {
  readonly name: string;
  readonly documents: number;
  readonly chunks: number;
  readonly generation: number;
  readonly embedding_model: string;
}

export interface AcceptedDocument {
  readonly job_id: string;
  readonly document_id: string;
}

export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

export interface Job {
  readonly id: string;
  readonly state: JobState;
  readonly progress: { readonly done: number; readonly total: number; readonly unit: string };
  readonly problem?: { readonly code: string; readonly title?: string; readonly detail: string } | undefined;
}

export interface Citation {
  readonly index: number;
  readonly chunk_id: string;
  readonly document_id: string;
  readonly title: string;
  readonly source: string;
  readonly quote: string;
  readonly position: Position;
}

export interface ChatAnswer {
  readonly conversation_id: string;
  readonly answer: string;
  readonly grounded: boolean;
  readonly citations: Citation[];
  readonly finish_reason: 'stop' | 'length';
  readonly unsupported: Span[];
  readonly model: string;
  readonly degraded: string[];
}

export interface ConversationSummary {
  readonly id: string;
  readonly title: string;
  readonly collection: string;
  readonly updated_at: string;
}

export interface ConversationWithMessages extends ConversationSummary {
  readonly messages: { readonly role: 'user' | 'assistant'; readonly content: string }[];
}

export interface Budget {
  readonly max_seconds: number;
  readonly max_searches: number;
  readonly max_tokens: number;
}

export interface Finding {
  readonly id: string;
  readonly question: number;
  readonly claim: string;
  readonly citations: number[];
  readonly agreement: 'supported' | 'single_source' | 'contradicted';
}

export interface ResearchPlan {
  readonly plan: readonly string[];
  readonly budget: Budget;
}

export interface SearchStep {
  readonly round: number;
  readonly question: number;
  readonly query: string;
  readonly results: number;
  readonly new_sources: readonly { readonly document_id: string; readonly title: string }[];
  readonly problem?: string | undefined;
}

export interface ResearchAnswer {
  readonly plan: string[];
  readonly findings: Finding[];
  readonly open: string[];
  readonly report: string;
  readonly citations: Citation[];
  readonly budget: Budget;
  readonly budget_used: { readonly seconds: number; readonly searches: number; readonly tokens: number };
  readonly stopped_by: 'done' | 'budget';
  readonly model: string;
  readonly degraded: string[];
}

export interface Latency {
  readonly avg: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface Metrics {
  readonly avg_response_time: number;
  readonly p95_response_time: number;
  readonly cache_hit_rate: number;
  readonly total_requests: number;
  readonly current_memory: number;
  readonly current_cpu: number;
  readonly version: string;
  readonly uptime_seconds: number;
  readonly processes: { readonly expected: number; readonly answered: number };
  readonly recent: { readonly latency: Latency };
  readonly since_start: {
    readonly requests: number;
    readonly errors: number;
    readonly refused: number;
    readonly in_flight: number;
  };
  readonly routes: {
    readonly route: string;
    readonly method: string;
    readonly requests: number;
    readonly errors: number;
    readonly refused: number;
    readonly rate_per_second: number;
    readonly recent: { readonly latency: Latency };
  }[];
  readonly stages: { readonly stage: string; readonly count: number; readonly latency: Latency }[];
  readonly caches: {
    readonly cache: string;
    readonly hit_ratio: number;
    readonly hits: number;
    readonly misses: number;
    readonly tiers: {
      readonly tier: string;
      readonly available: boolean;
      readonly hits: number;
      readonly misses: number;
      readonly hit_ratio: number;
      readonly entries?: number | undefined;
      readonly bytes?: number | undefined;
    }[];
  }[];
  readonly limiter: {
    readonly degraded: boolean;
    readonly limits: {
      readonly limit: string;
      readonly per_minute: number;
      readonly admitted: number;
      readonly refused: number;
    }[];
  };
  readonly admission: {
    readonly permits: number;
    readonly running: number;
    readonly waiting: number;
    readonly shed: number;
  };
  readonly event_loop_delay: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly collections?:
    { readonly collections: number; readonly documents: number; readonly chunks: number } | undefined;
  readonly jobs: { readonly kind: string; readonly state: string; readonly count: number }[];
  readonly system: {
    readonly cpus: number;
    readonly memory_used_bytes: number;
    readonly memory_limit_bytes: number;
    readonly process_cpu_percent: number;
    readonly process_memory_bytes: number;
  };
  readonly samples: {
    readonly at: string;
    readonly cpu_percent: number;
    readonly memory_percent: number;
    readonly process_cpu_percent: number;
    readonly requests_per_second: number;
    readonly errors_per_second: number;
    readonly refused_per_second: number;
    readonly avg_response_time: number;
    readonly p95_response_time: number;
    readonly cache_hit_rate: number | null;
  }[];
}

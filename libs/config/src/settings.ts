/** The one table of settings: names, types, profile values. Everything else here derives from it. */
import { environments, decimal, flag, integer, integerOrAuto, list, oneOf, optional, text } from './setting';

const url = /^https?:\/\/\S+$/;
const name = /^[a-z0-9][a-z0-9_-]{0,62}$/i;

export const settings = {
  ENVIRONMENT: oneOf(environments, 'development', {
    en: 'Picks a profile; any single value can be overridden.',
    pt: 'Escolhe um perfil; qualquer valor pode ser trocado à parte.',
  }),
  HOST: text('an address or host name', /^[\w.:-]+$/, ['127.0.0.1', '0.0.0.0', '0.0.0.0'], {
    en: 'Address to listen on.',
    pt: 'Endereço em que o servidor escuta.',
  }),
  PORT: integer(0, 65535, '8000', {
    en: 'Port to listen on; 0 takes any free one.',
    pt: 'Porta em que o servidor escuta; 0 usa qualquer porta livre.',
  }),
  DATA_DIR: text('a folder', /\S/, './data', {
    en: 'Everything the server writes: database, vector index, uploads.',
    pt: 'Tudo o que o servidor grava: banco de dados, índice vetorial, arquivos recebidos.',
  }),
  WORKERS: integerOrAuto(1, 64, ['1', 'auto', 'auto'], {
    en: 'Processes that serve on this machine over one DATA_DIR; `auto` is one a processor. One of them writes, the others follow it.',
    pt: 'Processos que servem nesta máquina sobre um mesmo DATA_DIR; `auto` é um por processador. Um deles grava, os outros o seguem.',
  }),
  SAMPLE_CORPUS: flag(['true', 'false', 'false'], {
    en: 'Index the manual into the default collection at start.',
    pt: 'Indexa o manual na coleção padrão ao iniciar.',
  }),
  COLLECTION_NAME: text(
    'up to 63 letters, digits, _ and -',
    name,
    ['documents_dev', 'documents_prod', 'documents_fast'],
    { en: 'Collection used when a request names none.', pt: 'Coleção usada quando o pedido não indica nenhuma.' },
  ),
  CHUNK_SIZE: integer(100, 20_000, ['500', '1000', '300'], {
    en: 'Longest passage, in characters.',
    pt: 'Tamanho máximo de uma passagem, em caracteres.',
  }),
  CHUNK_OVERLAP: integer(0, 10_000, ['50', '200', '30'], {
    en: 'Characters that neighbouring passages share; less than CHUNK_SIZE.',
    pt: 'Caracteres comuns a passagens vizinhas; menor que CHUNK_SIZE.',
  }),
  STORE: oneOf(['sqlite', 'postgres'], 'sqlite', {
    en: 'Engine of the document store; `postgres` needs DATABASE_URL and lets several machines write.',
    pt: 'Mecanismo do armazém de documentos; `postgres` exige DATABASE_URL e deixa várias máquinas escreverem.',
  }),
  DATABASE_URL: optional(
    text('an address such as postgres://user:password@host:5432/name', /^postgres(ql)?:\/\/\S+$/, undefined, {
      en: 'Address of the Postgres database. Of several hosts (`a:5432,b:5432`) the one that takes writes is used.',
      pt: 'Endereço do banco Postgres. De vários hosts (`a:5432,b:5432`) usa-se o que aceita escrita.',
      secret: true,
    }),
  ),
  DATABASE_CONNECTIONS: integer(1, 200, '10', {
    en: 'Connections to Postgres of a process, at most.',
    pt: 'Máximo de conexões de um processo com o Postgres.',
  }),
  DATABASE_PREPARED_STATEMENTS: flag('true', {
    en: '`false` behind a pooler that gives each transaction another connection, such as pgbouncer.',
    pt: '`false` atrás de um pooler que dá a cada transação outra conexão, como o pgbouncer.',
  }),
  VECTOR_INDEX: oneOf(['embedded', 'chroma', 'pgvector'], 'embedded', {
    en: 'Engine of the vector index; `chroma` needs CHROMA_URL, `pgvector` needs DATABASE_URL.',
    pt: 'Mecanismo do índice vetorial; `chroma` exige CHROMA_URL, `pgvector` exige DATABASE_URL.',
  }),
  CHROMA_URL: optional(
    text('an http or https address', url, undefined, {
      en: 'Address of the Chroma server.',
      pt: 'Endereço do servidor Chroma.',
    }),
  ),
  READY_REQUIRES_CHROMA: flag('false', {
    en: 'Answer 503 on /health/ready while Chroma is away, instead of `degraded`.',
    pt: 'Responde 503 em /health/ready quando o Chroma está fora, em vez de `degraded`.',
  }),
  EMBEDDING_PROVIDER: oneOf(['auto', 'local', 'openai'], 'auto', {
    en: '`auto` uses `openai` when OPENAI_API_KEY is set and the bundled model otherwise.',
    pt: '`auto` usa `openai` quando há OPENAI_API_KEY e, sem ela, o modelo que acompanha o Acervo.',
  }),
  EMBEDDING_PROFILE: oneOf(['fast', 'balanced', 'quality'], ['balanced', 'balanced', 'fast'], {
    en: 'Local: tokens read of a passage (256, 512, 512). OpenAI: texts a request (100, 50, 20).',
    pt: 'Local: tokens lidos de uma passagem (256, 512, 512). OpenAI: textos por requisição (100, 50, 20).',
  }),
  EMBEDDING_MODEL: text('a model name', /^\S+$/, 'text-embedding-ada-002', {
    en: 'Model asked of the OpenAI-compatible server.',
    pt: 'Modelo pedido ao servidor compatível com a OpenAI.',
  }),
  EMBEDDING_DIMENSIONS: integer(8, 8192, '1536', {
    en: 'Dimensions of that model; the bundled one has 384.',
    pt: 'Dimensões desse modelo; o que acompanha o Acervo tem 384.',
  }),
  EMBEDDING_THREADS: integer(0, 64, '0', {
    en: 'Most threads of the bundled model in a process; 0 shares the processors among the WORKERS.',
    pt: 'Máximo de threads do modelo local em um processo; 0 divide os processadores entre os WORKERS.',
  }),
  OPENAI_API_KEY: optional(
    text('a key', /^\S+$/, undefined, {
      en: 'Key of the OpenAI-compatible server.',
      pt: 'Chave do servidor compatível com a OpenAI.',
      secret: true,
    }),
  ),
  OPENAI_BASE_URL: text('an http or https address', url, 'https://api.openai.com/v1', {
    en: 'Address of the OpenAI-compatible server.',
    pt: 'Endereço do servidor compatível com a OpenAI.',
  }),
  REQUEST_TIMEOUT_SECONDS: integer(1, 3600, ['30', '60', '15'], {
    en: 'Deadline of a request.',
    pt: 'Prazo de um pedido.',
  }),
  MAX_BODY_MEGABYTES: integer(1, 1024, '2', {
    en: 'Largest JSON body.',
    pt: 'Maior corpo JSON aceito.',
  }),
  MAX_UPLOAD_MEGABYTES: integer(1, 4096, '64', {
    en: 'Largest file that is uploaded or ingested.',
    pt: 'Maior arquivo aceito, em um envio ou por `acervo ingest`.',
  }),
  CORS_ORIGINS: list('addresses such as https://app.example.com, or *', /^(\*|https?:\/\/[^\s/]+)$/, '', {
    en: 'Origins whose pages may call the API, separated by commas; none by default.',
    pt: 'Origens cujas páginas podem chamar a API, separadas por vírgula; nenhuma por padrão.',
  }),
  ENABLE_COMPRESSION: flag('true', {
    en: 'Compress answers of 1,000 bytes and more (gzip, br).',
    pt: 'Comprime respostas a partir de 1.000 bytes (gzip, br).',
  }),
  DRAIN_DELAY_SECONDS: integer(0, 300, ['0', '5', '5'], {
    en: 'Time between "not ready" and closing the door at shutdown.',
    pt: 'Tempo entre "não pronto" e o fechamento da porta ao encerrar.',
  }),
  MIN_FREE_DISK_MEGABYTES: integer(0, 1_000_000, '100', {
    en: 'Below this, /health reports the disk as down.',
    pt: 'Abaixo disso, /health acusa falta de disco.',
  }),
  LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'info', {
    en: 'Least severe level that is logged.',
    pt: 'Nível menos grave que vai para o log.',
  }),
  LOG_FORMAT: oneOf(['auto', 'pretty', 'json'], 'auto', {
    en: '`auto` is `pretty` on a terminal and `json` otherwise.',
    pt: '`auto` é `pretty` em um terminal e `json` fora dele.',
  }),
  LOG_QUERIES: flag('false', {
    en: 'Write the text of questions where slow searches are logged.',
    pt: 'Escreve o texto das perguntas no log das buscas lentas.',
  }),
  SLOW_SEARCH_MS: integer(0, 3_600_000, '1000', {
    en: 'Log computed searches that take longer, with their plan; 0 logs none.',
    pt: 'Registra no log, com seu plano, as buscas calculadas que demoram mais; 0 não registra nenhuma.',
  }),
  OTEL_TRACES_EXPORTER: optional(
    oneOf(['otlp', 'console', 'none'], undefined, {
      en: 'Where traces go; without it `otlp` when an address is given, and nowhere otherwise.',
      pt: 'Para onde vão os traces; sem valor, `otlp` quando há um endereço e, sem ele, para lugar nenhum.',
    }),
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(
    text('an http or https address', url, undefined, {
      en: 'Address of the collector (OTLP over HTTP), without the path /v1/traces.',
      pt: 'Endereço do coletor (OTLP sobre HTTP), sem o caminho /v1/traces.',
    }),
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: optional(
    text('an http or https address', url, undefined, {
      en: 'The same for traces alone, with its path.',
      pt: 'O mesmo só para os traces, com o caminho.',
    }),
  ),
  OTEL_SERVICE_NAME: text('a name', /\S/, 'acervo', {
    en: 'Name of the service in traces.',
    pt: 'Nome do serviço nos traces.',
  }),
  OTEL_SDK_DISABLED: flag('false', {
    en: 'No traces, whatever the others say.',
    pt: 'Nenhum trace, digam os outros o que disserem.',
  }),
  ENABLE_METRICS: flag('true', {
    en: 'Count requests and serve /metrics.',
    pt: 'Conta os pedidos e serve /metrics.',
  }),
  METRICS_PUBLIC: flag('false', {
    en: 'Let everybody read /metrics, whatever AUTH says; otherwise `keys` asks for the scope admin.',
    pt: 'Deixa qualquer um ler /metrics, diga AUTH o que disser; sem isso, `keys` exige o escopo admin.',
  }),
  AUTH: oneOf(['off', 'keys'], ['off', 'keys', 'off'], {
    en: 'Who may call: `keys` asks for an API key (`acervo keys create`); with `off` whoever reaches the server may do everything.',
    pt: 'Quem pode chamar: `keys` exige uma chave de API (`acervo keys create`); com `off`, quem alcança o servidor pode tudo.',
  }),
  TRUSTED_PROXIES: list(
    'addresses, networks such as 10.0.0.0/8, or loopback, linklocal, uniquelocal',
    /^(loopback|linklocal|uniquelocal|[0-9a-fA-F.:]+(\/\d{1,3})?)$/,
    '',
    {
      en: 'Proxies whose X-Forwarded-For counts, separated by commas; without any the address of the connection counts.',
      pt: 'Proxies cujo X-Forwarded-For vale, separados por vírgula; sem nenhum, vale o endereço da conexão.',
    },
  ),
  ENABLE_CACHE: flag('true', {
    en: 'All caches; with `false` REDIS_URL serves limits alone.',
    pt: 'Todos os caches; com `false`, REDIS_URL serve só aos limites.',
  }),
  ENABLE_QUERY_CACHE: flag('true', {
    en: 'Keep answers of searches.',
    pt: 'Guarda respostas de buscas.',
  }),
  ENABLE_EMBEDDING_CACHE: flag('true', {
    en: 'Keep embeddings of questions and passages.',
    pt: 'Guarda embeddings de perguntas e passagens.',
  }),
  CACHE_SIZE: integer(1, 10_000_000, ['100', '1000', '2000'], {
    en: 'Most answers kept in memory.',
    pt: 'Máximo de respostas em memória.',
  }),
  CACHE_MEMORY_MEGABYTES: integer(1, 1_048_576, '64', {
    en: 'Memory for the caches of a process: three quarters for answers, a quarter for embeddings of questions.',
    pt: 'Memória para os caches de um processo: três quartos para respostas, um quarto para embeddings de perguntas.',
  }),
  CACHE_DISK_MEGABYTES: integer(0, 1_048_576, '1024', {
    en: 'Largest cache file in DATA_DIR; 0 means none.',
    pt: 'Tamanho máximo do arquivo de cache em DATA_DIR; 0 significa nenhum.',
  }),
  REDIS_URL: optional(
    text('an address such as redis://:password@host:6379/0', /^rediss?:\/\/\S+$/, undefined, {
      en: 'Redis that several servers share for the cache and the limits; it may fail without any request failing.',
      pt: 'Redis que vários servidores compartilham para o cache e os limites; se ele falhar, nenhum pedido falha.',
      secret: true,
    }),
  ),
  CACHE_TTL_SECONDS: integer(1, 31_536_000, ['1800', '3600', '7200'], {
    en: 'Longest life of an answer; a change of its collection ends it at once.',
    pt: 'Vida máxima de uma resposta; uma mudança na coleção acaba com ela na hora.',
  }),
  CACHE_STALE_SECONDS: integer(0, 86_400, '60', {
    en: 'After that: handed out at once while a new answer is made in the background.',
    pt: 'Depois disso: entregue na hora enquanto uma nova resposta é feita em segundo plano.',
  }),
  CACHE_STALE_IF_ERROR_SECONDS: integer(0, 604_800, '86400', {
    en: 'After that: handed out when a new answer cannot be made.',
    pt: 'Depois disso: entregue quando não é possível fazer uma nova resposta.',
  }),
  FAST_LANE: flag('true', {
    en: 'Answer repeated requests to /search in front of the router, from the cache of answers.',
    pt: 'Responde pedidos repetidos a /search antes do roteador, a partir do cache de respostas.',
  }),
  HTTP_SHARED_MAX_AGE_SECONDS: integer(0, 86_400, '1', {
    en: '`s-maxage` of GET answers: how long a CDN or proxy may use one without asking.',
    pt: '`s-maxage` das respostas a GET: por quanto tempo um CDN ou proxy pode usar uma sem perguntar.',
  }),
  HTTP_STALE_SECONDS: integer(0, 86_400, '1', {
    en: '`stale-while-revalidate` of GET answers: how much longer it may use one while it asks.',
    pt: '`stale-while-revalidate` das respostas a GET: por quanto tempo mais pode usá-la enquanto pergunta.',
  }),
  CACHE_PURGE_URL: optional(
    text('an http or https address', url, undefined, {
      en: 'Told by POST which collection changed, so that a CDN can drop its answers.',
      pt: 'Recebe por POST a coleção que mudou, para que um CDN descarte suas respostas.',
    }),
  ),
  CACHE_PURGE_TOKEN: optional(
    text('a token', /^\S+$/, undefined, {
      en: 'Sent to CACHE_PURGE_URL as `Authorization: Bearer`.',
      pt: 'Enviado a CACHE_PURGE_URL como `Authorization: Bearer`.',
      secret: true,
    }),
  ),
  LIMIT_SEARCH_PER_MINUTE: integer(0, 1_000_000, '60', {
    en: 'Searches a minute and client, each item of a batch counted; 0 means unlimited.',
    pt: 'Buscas por minuto e cliente, cada item de um lote conta; 0 significa sem limite.',
  }),
  LIMIT_CHAT_PER_MINUTE: integer(0, 1_000_000, '30', {
    en: 'Chat messages a minute and client; 0 means unlimited.',
    pt: 'Mensagens de chat por minuto e cliente; 0 significa sem limite.',
  }),
  LIMIT_RESEARCH_PER_MINUTE: integer(0, 1_000_000, '10', {
    en: 'Research questions a minute and client; 0 means unlimited.',
    pt: 'Perguntas de pesquisa por minuto e cliente; 0 significa sem limite.',
  }),
  LIMIT_DEFAULT_PER_MINUTE: integer(0, 1_000_000, '100', {
    en: 'Requests a minute and client to any other route, each route counted apart; 0 means unlimited.',
    pt: 'Pedidos por minuto e cliente a qualquer outra rota, cada rota contada à parte; 0 significa sem limite.',
  }),
  REPLICAS: integer(1, 1_000, '1', {
    en: 'Servers that share the limits in REDIS_URL; each admits its share while Redis is away.',
    pt: 'Servidores que compartilham os limites em REDIS_URL; cada um admite a sua parte enquanto o Redis está fora.',
  }),
  MAX_CONCURRENT_REQUESTS: integer(1, 10_000, ['5', '20', '50'], {
    en: 'Searches computed at a time on this machine, shared among the WORKERS; ten times as many may wait, the rest get 503.',
    pt: 'Buscas calculadas ao mesmo tempo nesta máquina, divididas entre os WORKERS; dez vezes mais podem esperar, o resto recebe 503.',
  }),
  LLM_PROVIDER: oneOf(['auto', 'openai', 'extractive'], 'auto', {
    en: 'What writes answers: `auto` is `openai` when OPENAI_API_KEY is set; `extractive` quotes the passages without any model.',
    pt: 'O que escreve respostas: `auto` é `openai` quando há OPENAI_API_KEY; `extractive` cita as passagens sem modelo algum.',
  }),
  LLM_MODEL: text('a model name', /^\S+$/, ['gpt-3.5-turbo', 'gpt-4-turbo-preview', 'gpt-3.5-turbo'], {
    en: 'Language model.',
    pt: 'Modelo de linguagem.',
  }),
  LLM_MAX_TOKENS: integer(1, 1_000_000, ['1500', '3000', '1000'], {
    en: 'Longest answer of the language model.',
    pt: 'Maior resposta do modelo de linguagem.',
  }),
  LLM_TEMPERATURE: decimal(0, 2, ['0.1', '0.1', '0.0'], {
    en: 'Temperature of the language model.',
    pt: 'Temperatura do modelo de linguagem.',
  }),
  LLM_CONTEXT_TOKENS: integer(1_000, 10_000_000, '16000', {
    en: 'Tokens that the language model reads and writes at once.',
    pt: 'Tokens que o modelo de linguagem lê e escreve de uma vez.',
  }),
  ANSWER_SUPPORT: oneOf(['mark', 'drop'], 'mark', {
    en: 'Sentences that no cited passage bears out: `mark` lists them under `unsupported`, `drop` leaves them out.',
    pt: 'Frases que nenhuma passagem citada sustenta: `mark` as lista em `unsupported`, `drop` as deixa de fora.',
  }),
  RESEARCH_MAX_SECONDS: integer(1, 86_400, '60', {
    en: 'Longest research, whatever REQUEST_TIMEOUT_SECONDS is; a request may ask for less.',
    pt: 'Pesquisa mais longa, qualquer que seja REQUEST_TIMEOUT_SECONDS; um pedido pode querer menos.',
  }),
  RESEARCH_MAX_SEARCHES: integer(1, 10_000, '30', {
    en: 'Most searches of a research; a request may ask for fewer.',
    pt: 'Máximo de buscas de uma pesquisa; um pedido pode querer menos.',
  }),
  RESEARCH_MAX_TOKENS: integer(1_000, 10_000_000, '20000', {
    en: 'Most tokens that the language model reads and writes for a research; a request may ask for fewer.',
    pt: 'Máximo de tokens que o modelo de linguagem lê e escreve em uma pesquisa; um pedido pode querer menos.',
  }),
  CONVERSATION_DAYS: integer(1, 3_650, '30', {
    en: 'For how long a conversation is kept after its last message.',
    pt: 'Por quanto tempo uma conversa é guardada depois da última mensagem.',
  }),
} as const;

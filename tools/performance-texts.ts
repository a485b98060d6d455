import type { ClaimId } from '../apps/cli/src/bench/claims/claims-report';

export type Language = 'en' | 'pt';

type Figures = (name: string) => string;
type Machine = Readonly<Record<'acervo' | 'node' | 'processor' | 'cores' | 'memory' | 'load' | 'day' | 'time', string>>;

interface ClaimText {
  /** In the table. */
  readonly name: string;
  readonly title: string;
  readonly body: (figures: Figures) => string;
}

interface PageText {
  readonly title: string;
  readonly introduction: string;
  readonly head: readonly string[];
  readonly to: string;
  readonly verdicts: Readonly<Record<'above' | 'within' | 'below' | 'none', string>>;
  readonly conditionsTitle: string;
  readonly machine: (machine: Machine) => string;
  readonly quick: string;
  readonly noClaim: string;
  readonly howTo: string;
  readonly end: string;
}

export const pageTexts: Readonly<Record<Language, PageText>> = {
  en: {
    title: 'Promises of speed, measured',
    introduction:
      'The design that Acervo began from promised improvements in per cent, without saying of what. This page puts a measurement beside each of them: what was compared, on which machine, and whether the promise holds. It is generated from `docs/figures/claims.json`; nobody edits the figures by hand.',
    head: ['what', 'promised', 'measured', '95 % interval', 'verdict'],
    to: 'to',
    verdicts: { above: 'more than promised', within: 'as promised', below: 'less than promised', none: 'no claim' },
    conditionsTitle: 'Machine and method',
    machine: ({ acervo, node, processor, cores, memory, load, day, time }) =>
      `Acervo ${acervo} on Node.js ${node}; ${processor}, ${cores} cores, ${memory} GiB; ${day}, ${time} UTC. The load average was ${load} when the measurement began: with more than the machine has cores, other programs took part, and ratios mean more than milliseconds.`,
    quick: '**This was a quick run**: four pages of the manual, few rounds, and nothing about passages.',
    noClaim:
      '**The load generator was short of processor time in this run**, so it makes no claim about milliseconds and requests a second. Ratios of things that take turns suffer less, but measure again on a quiet machine before you rely on them.',
    howTo:
      'Servers, load and data are made by one command, which takes about six minutes: the manual in both languages is indexed, and its labelled questions are asked. What is compared takes turns in rounds of two seconds, forwards and backwards, and the interval comes from resampling rounds. [Benchmarks](benchmarks.md) explains the method.\n\n```bash\nnpx acervo bench claims --json docs/figures/claims.json\nnpm run generate\n```',
    end: 'Which settings move these figures is told in [performance tuning](performance-tuning.md).',
  },
  pt: {
    title: 'Promessas de velocidade, medidas',
    introduction:
      'O projeto de que o Acervo partiu prometia melhorias em porcentagem, sem dizer em relação a quê. Esta página põe uma medição ao lado de cada promessa: o que foi comparado, em que máquina e se ela se cumpre. É gerada de `docs/figures/claims.json`; ninguém edita os números à mão.',
    head: ['o quê', 'prometido', 'medido', 'intervalo de 95 %', 'resultado'],
    to: 'a',
    verdicts: {
      above: 'mais do que o prometido',
      within: 'como prometido',
      below: 'menos do que o prometido',
      none: 'sem afirmação',
    },
    conditionsTitle: 'Máquina e método',
    machine: ({ acervo, node, processor, cores, memory, load, day, time }) =>
      `Acervo ${acervo} com Node.js ${node}; ${processor}, ${cores} núcleos, ${memory} GiB; ${day}, ${time} UTC. A carga média era ${load} no início da medição: acima do número de núcleos, outros programas participaram, e as razões dizem mais do que os milissegundos.`,
    quick: '**Esta foi uma execução rápida**: quatro páginas do manual, poucas rodadas e nada sobre trechos.',
    noClaim:
      '**Faltou processador ao gerador de carga nesta execução**; por isso ela não afirma nada sobre milissegundos nem requisições por segundo. Razões entre coisas que se alternam sofrem menos, mas meça de novo em uma máquina quieta antes de confiar nelas.',
    howTo:
      'Um só comando cria servidores, carga e dados, em cerca de seis minutos: o manual é indexado nas duas línguas e as perguntas rotuladas dele são feitas. O que se compara se alterna em rodadas de dois segundos, na ida e na volta, e o intervalo vem da reamostragem das rodadas. O método está em [Medições de desempenho](medicoes.md).\n\n```bash\nnpx acervo bench claims --json docs/figures/claims.json\nnpm run generate\n```',
    end: 'Quais configurações mudam estes números está em [Ajuste de desempenho](ajuste-de-desempenho.md).',
  },
};

export const claimTexts: Readonly<Record<Language, Readonly<Record<ClaimId, ClaimText>>>> = {
  en: {
    query_cache: {
      name: 'cache of queries',
      title: 'Cache of queries',
      body: (of) =>
        `Mean time of a search, one at a time, by a server without any cache (${of('without')} ms) and by one with its caches (${of('with')} ms). Questions are drawn by Zipf's law from the labelled ones, and each was asked once before, so that all are hits: for your users the mean gain is that times their hit ratio, which \`GET /cache\` shows.`,
    },
    cache_tiers: {
      name: 'cache in several layers',
      title: 'Cache in several layers',
      body: (of) =>
        `What a second layer is for: the server is restarted, so its memory is empty, and each question is asked once. From the disk an answer takes ${of('with')} ms, computed ${of('without')} ms, from memory ${of('memory')} ms, connection and HTTP included.`,
    },
    async: {
      name: 'asynchronous API, throughput',
      title: 'Asynchronous API',
      body: (of) =>
        `New questions a second, asked one after the other (${of('without')}) and eight at a time (${of('with')}), without caches. The promise was made for servers that wait for an embedding service. Acervo computes embeddings itself with the processor, so that the most there is to gain is the number of cores, less what one search already uses of the second one. With a remote provider the promise applies; with the bundled model it does not.`,
    },
    pooling: {
      name: 'connections kept open',
      title: 'Connections kept open',
      body: (of) =>
        `Mean time of an answer from the cache with a new connection for each request (${of('without')} ms) and with one that stays open (${of('with')} ms), on the same machine without TLS. Over a network, each new connection costs a round trip more, with TLS two or three; beside a search that has to be computed it is a smaller part.`,
    },
    gzip: {
      name: 'gzip, bytes',
      title: 'Compression',
      body: (of) =>
        `Bytes of the body of an answer with five results: ${of('without')} plain, ${of('with')} with gzip. That is bandwidth, not time: on the same machine compression only costs.`,
    },
    chunking: {
      name: 'cutting into passages, quality',
      title: 'Cutting into passages',
      body: (of) =>
        `The promise names no unit; we take the quality of results. nDCG@10 over the labelled questions of the manual is ${of('with')} with the passages of the production profile and ${of('without')} when every page is one passage, of which the model reads the first 512 tokens. [Evaluation](evaluation.md) explains the measure. Short pages with telling titles gain least.`,
    },
  },
  pt: {
    query_cache: {
      name: 'cache de consultas',
      title: 'Cache de consultas',
      body: (of) =>
        `Tempo médio de uma busca, uma de cada vez, em um servidor sem cache algum (${of('without')} ms) e em um com os seus caches (${of('with')} ms). As perguntas são sorteadas entre as rotuladas pela lei de Zipf, e cada uma já foi feita uma vez, de modo que todas acertam o cache: para os seus usuários, o ganho médio é esse vezes a taxa de acertos, que \`GET /cache\` mostra.`,
    },
    cache_tiers: {
      name: 'cache em várias camadas',
      title: 'Cache em várias camadas',
      body: (of) =>
        `Para que serve uma segunda camada: o servidor é reiniciado, a memória fica vazia, e cada pergunta é feita uma vez. Do disco, uma resposta leva ${of('with')} ms; calculada, ${of('without')} ms; da memória, ${of('memory')} ms, com conexão e HTTP incluídos.`,
    },
    async: {
      name: 'API assíncrona, vazão',
      title: 'API assíncrona',
      body: (of) =>
        `Perguntas novas por segundo, uma depois da outra (${of('without')}) e oito de cada vez (${of('with')}), sem caches. A promessa foi feita para servidores que esperam um serviço de embeddings. O Acervo os calcula com o próprio processador, e o máximo a ganhar é o número de núcleos, menos o que uma só busca já usa do segundo. Com um provedor remoto a promessa se aplica; com o modelo incluído, não.`,
    },
    pooling: {
      name: 'conexões mantidas abertas',
      title: 'Conexões mantidas abertas',
      body: (of) =>
        `Tempo médio de uma resposta do cache com uma conexão nova por requisição (${of('without')} ms) e com uma que fica aberta (${of('with')} ms), na mesma máquina e sem TLS. Pela rede, cada conexão nova custa mais uma ida e volta; com TLS, duas ou três. Ao lado de uma busca que precisa ser calculada, a parcela é menor.`,
    },
    gzip: {
      name: 'gzip, bytes',
      title: 'Compressão',
      body: (of) =>
        `Bytes do corpo de uma resposta com cinco resultados: ${of('without')} sem compressão, ${of('with')} com gzip. Isso é banda, não tempo: na mesma máquina, comprimir só custa.`,
    },
    chunking: {
      name: 'corte em trechos, qualidade',
      title: 'Corte em trechos',
      body: (of) =>
        `A promessa não dá unidade; tomamos a qualidade dos resultados. O nDCG@10 das perguntas rotuladas do manual é ${of('with')} com os trechos do perfil de produção e ${of('without')} quando cada página é um trecho só, do qual o modelo lê os primeiros 512 tokens. A medida está explicada em [Avaliação](avaliacao.md). Páginas curtas com títulos claros são as que menos ganham.`,
    },
  },
};

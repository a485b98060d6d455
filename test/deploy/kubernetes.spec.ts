import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020';
import { parse, parseAllDocuments } from 'yaml';

import { loadConfig, type AcervoConfig } from '@acervo/config';

import { readComposeFile, repositoryRoot } from './compose-file';
import { environmentOf, readStages } from './dockerfile';
import { buildKustomization, readObjects, type KubernetesObject } from './kustomization';

const folder = join(repositoryRoot, 'deploy', 'kubernetes');
const overlay = join(folder, 'overlays', 'production');
const objects = [...buildKustomization(overlay), ...readObjects(join(folder, 'first-key.yaml'))];
const image = environmentOf(
  readStages(readFileSync(join(repositoryRoot, 'deploy', 'Dockerfile'), 'utf8')).at(-1) ?? {
    ...{ name: '', image: '', steps: [] },
  },
);
/** What the server takes for a stop at most, beside DRAIN_DELAY_SECONDS: see drain.ts. */
const drainSeconds = 30;

/** The part of the custom resource that ours uses; its schema is not among those of Kubernetes. */
const serviceMonitor = {
  ...{ type: 'object', additionalProperties: false, required: ['apiVersion', 'kind', 'metadata', 'spec'] },
  properties: {
    ...{ apiVersion: { const: 'monitoring.coreos.com/v1' }, kind: { const: 'ServiceMonitor' } },
    metadata: { $ref: '#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
    spec: {
      ...{ type: 'object', additionalProperties: false, required: ['selector', 'endpoints'] },
      properties: {
        selector: { $ref: '#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector' },
        endpoints: {
          type: 'array',
          items: {
            ...{ type: 'object', additionalProperties: false, required: ['port', 'path'] },
            properties: {
              ...{ port: { type: 'string' }, path: { type: 'string' }, interval: { type: 'string' } },
              ...{ scrapeTimeout: { type: 'string' }, params: { type: 'object' }, authorization: { type: 'object' } },
            },
          },
        },
      },
    },
  },
};

interface Container {
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly command?: readonly string[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly securityContext: unknown;
  readonly resources: Readonly<Record<'requests' | 'limits', Readonly<Record<string, string>>>>;
  readonly lifecycle: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly [probe: `${string}Probe`]: { readonly httpGet: { readonly path: string; readonly port: string } };
}
interface PodSpec {
  readonly containers: readonly [Container];
  readonly volumes: readonly { readonly name: string; readonly secret?: { readonly secretName: string } }[];
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly automountServiceAccountToken: boolean;
}
interface Policy {
  readonly spec: {
    readonly podSelector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly policyTypes: readonly string[];
    readonly ingress?: readonly {
      readonly from: readonly Record<string, { readonly matchLabels: Record<string, string> }>[];
    }[];
  };
}

/** @typeParam T what is looked at of it */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the file says what the object is
function find<T = Record<string, unknown>>(kind: string, name: string): KubernetesObject & T {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`There is no ${kind} ${name}.`);
  return found as KubernetesObject & T;
}

function podOf(kind: string, name: string): PodSpec {
  return find<{ spec: { template: { spec: PodSpec } } }>(kind, name).spec.template.spec;
}

const pods = [
  ['Deployment', 'acervo'],
  ['StatefulSet', 'acervo-redis'],
  ['Job', 'acervo-first-key'],
] as const;
const [api] = podOf('Deployment', 'acervo').containers;

function validator(): (object: unknown) => readonly string[] {
  const schemas = JSON.parse(readFileSync(join(__dirname, 'kubernetes', 'schemas-1.34.json'), 'utf8')) as {
    $defs: Record<string, unknown>;
  };
  const ajv = new Ajv2020({ strict: false });
  const all = {
    ...schemas,
    $id: 'kubernetes',
    $defs: { ...schemas.$defs, 'monitoring.coreos.com/v1/ServiceMonitor': serviceMonitor },
  };
  ajv.addSchema(all);
  return (object) => {
    const { apiVersion, kind } = object as KubernetesObject;
    const pointer = `${apiVersion}/${kind}`.replaceAll('/', '~1');
    const check = ajv.getSchema(`kubernetes#/$defs/${pointer}`);
    if (check === undefined) return [`no schema for ${apiVersion} ${kind}`];
    return check(object) === true ? [] : (check.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
  };
}

function configOf(container: Container): AcervoConfig {
  const { data } = find<{ data: Record<string, string> }>('ConfigMap', 'acervo');
  const own = [...image].filter(([name]) => name !== 'NODE_ENV' && name !== 'HOME');
  const secrets = (container.env ?? []).map(({ name, value }) => {
    expect(value).toMatch(/^\/run\/secrets\/acervo\/\w+$/);
    return [
      name.replace(/_FILE$/, ''),
      name.startsWith('REDIS') ? 'redis://r:6379/0' : 'postgres://p:5432/acervo',
    ] as const;
  });
  return loadConfig(Object.fromEntries([...own, ...Object.entries(data), ...secrets]), '').config;
}

describe('the Kubernetes objects', () => {
  const validate = validator();

  it.each(objects.map((object) => [object.kind, object.metadata.name, object] as const))(
    '%s %s fits its schema',
    (_kind, _name, object) => {
      expect(validate(object)).toEqual([]);
    },
  );

  it('would not fit with a field that does not exist, or a value of another type', () => {
    const deployment = structuredClone(find<{ spec: Record<string, unknown> }>('Deployment', 'acervo'));
    expect(validate({ ...deployment, spec: { ...deployment.spec, replica: 4 } })).not.toEqual([]);
    expect(validate({ ...deployment, spec: { ...deployment.spec, minReadySeconds: 'five' } })).not.toEqual([]);
    expect(validate({ ...deployment, apiVersion: 'apps/v2' })).not.toEqual([]);
  });

  const hasKubectl = spawnSync('kubectl', ['kustomize', '--help']).status === 0;
  (hasKubectl ? it : it.skip)('are what kustomize makes of them', () => {
    const made = parseAllDocuments(execFileSync('kubectl', ['kustomize', overlay], { encoding: 'utf8' })).map(
      (document) => document.toJS() as KubernetesObject,
    );
    const byName = (all: readonly KubernetesObject[]): object =>
      Object.fromEntries(all.map((object) => [`${object.kind} ${object.metadata.name}`, object]));
    expect(byName(made)).toEqual(byName(buildKustomization(overlay)));
  });
});

describe('the servers of Kubernetes', () => {
  it('are asked by probes where they answer', () => {
    const port = api.ports?.find(({ name }) => name === 'http')?.containerPort;
    expect(port).toBe(configOf(api).PORT);
    expect(api.livenessProbe?.httpGet).toEqual({ path: '/health/live', port: 'http' });
    expect(api.readinessProbe?.httpGet).toEqual({ path: '/health/ready', port: 'http' });
    expect(api.startupProbe?.httpGet).toEqual({ path: '/health/ready', port: 'http' });
    const routes = readFileSync(join(repositoryRoot, 'apps/api/src/health/health.controller.ts'), 'utf8');
    for (const route of ['health', 'live', 'ready']) expect(routes).toContain(`'${route}'`);
  });

  it('have the time that a stop takes', () => {
    const { preStop } = api.lifecycle;
    const { DRAIN_DELAY_SECONDS } = configOf(api);
    expect(podOf('Deployment', 'acervo').terminationGracePeriodSeconds).toBeGreaterThanOrEqual(
      preStop.sleep.seconds + DRAIN_DELAY_SECONDS + drainSeconds + 10,
    );
  });

  it('are given settings that exist, and as many replicas as may share a limit', () => {
    const { REPLICAS, STORE, AUTH } = configOf(api);
    const { spec } = find<{ spec: { maxReplicas: number; minReplicas: number; metrics: unknown } }>(
      'HorizontalPodAutoscaler',
      'acervo',
    );
    expect({ REPLICAS, STORE, AUTH }).toEqual({ REPLICAS: spec.maxReplicas, STORE: 'postgres', AUTH: 'keys' });
    expect(spec.minReplicas).toBe(4);
    expect(api.volumeMounts.find(({ name }) => name === 'data')?.mountPath).toBe(image.get('DATA_DIR'));
    expect(api.resources).toEqual({
      requests: { cpu: '500m', memory: '1Gi' },
      limits: { cpu: '1', memory: '2Gi' },
    });
    expect(api.volumeMounts.find(({ name }) => name === 'uploads')?.mountPath).toBe(`${image.get('DATA_DIR')}/uploads`);
    expect(
      find<{ spec: { accessModes: string[] } }>('PersistentVolumeClaim', 'acervo-uploads').spec.accessModes,
    ).toEqual(['ReadWriteMany']);
    expect(configOf(podOf('Job', 'acervo-first-key').containers[0]).STORE).toBe('postgres');
  });

  it.each(pods)('%s %s runs under the restricted standard, without a token of the cluster', (kind, name) => {
    const pod = podOf(kind, name);
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(pod.automountServiceAccountToken).toBe(false);
    for (const container of pod.containers) {
      expect(container.securityContext).toEqual({
        ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
      });
      for (const { name: volume } of container.volumeMounts) {
        const claims = kind === 'StatefulSet' ? ['data'] : [];
        expect([...pod.volumes.map((one) => one.name), ...claims]).toContain(volume);
      }
    }
  });

  it('scale by a metric that a server has', () => {
    const { rules } = parse(readFileSync(join(folder, 'prometheus-adapter.yaml'), 'utf8')) as {
      rules: { custom: readonly [{ seriesQuery: string; metricsQuery: string }] };
    };
    const [rule] = rules.custom;
    const series = [...`${rule.seriesQuery} ${rule.metricsQuery}`.matchAll(/acervo_\w+/g)].map(([name]) => name);
    const counted = readFileSync(join(repositoryRoot, 'apps/api/src/metrics/traffic-families.ts'), 'utf8');
    expect(series.length).toBeGreaterThan(2);
    for (const name of series) expect(counted).toContain(`'${name}'`);
    const { metrics } = find<{ spec: { metrics: unknown } }>('HorizontalPodAutoscaler', 'acervo').spec;
    expect(JSON.stringify(metrics)).toContain('"acervo_admission_waiting"');
  });

  it('reach a Redis that is started as that of docker-compose.prod.yml', () => {
    const [redis] = podOf('StatefulSet', 'acervo-redis').containers;
    const compose = readComposeFile('docker-compose.prod.yml').services['redis']?.command ?? [];
    const same = (words: readonly string[] = []): string =>
      words.join(' ').replaceAll('$$', '$').replaceAll('/run/secrets/acervo/', '/run/secrets/').replace(/\s+/g, ' ');
    expect(same(redis.command)).toBe(same(compose));
  });
});

describe('the networks of Kubernetes', () => {
  it('are closed for everything of Acervo that is not opened', () => {
    expect(find<Policy>('NetworkPolicy', 'acervo-nothing').spec).toEqual({
      podSelector: { matchLabels: { 'app.kubernetes.io/name': 'acervo' } },
      policyTypes: ['Ingress', 'Egress'],
    });
  });

  it.each([['acervo-redis'], ['acervo-postgres']])('let only Acervo reach what %s guards', (name) => {
    const peers = find<Policy>('NetworkPolicy', name).spec.ingress?.flatMap(({ from }) => from) ?? [];
    expect(peers.length).toBeGreaterThan(0);
    for (const peer of peers) {
      expect(Object.keys(peer)).toEqual(['podSelector']);
      const { 'app.kubernetes.io/name': of, 'acervo.dev/store': store } = peer['podSelector']?.matchLabels ?? {};
      expect(of ?? store).toMatch(/^(acervo|postgres)$/);
    }
  });

  it('have time-outs and sizes at the door that fit those of the server', () => {
    const { annotations } = find<{ metadata: { annotations: Record<string, string> } }>('Ingress', 'acervo').metadata;
    const of = (name: string): string => annotations[`nginx.ingress.kubernetes.io/${name}`] ?? '';
    const { REQUEST_TIMEOUT_SECONDS, RESEARCH_MAX_SECONDS, MAX_UPLOAD_MEGABYTES } = configOf(api);
    expect(Number(of('proxy-read-timeout'))).toBeGreaterThan(Math.max(REQUEST_TIMEOUT_SECONDS, RESEARCH_MAX_SECONDS));
    expect(parseInt(of('proxy-body-size'))).toBeGreaterThan(MAX_UPLOAD_MEGABYTES);
    expect(of('proxy-buffering')).toBe('off');
  });
});

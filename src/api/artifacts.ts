import multipart, { type MultipartFile } from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import { DreyError, isDreyError } from '../domain/errors.ts';
import { artifactUri, filenameFault, type StoredArtifact } from '../domain/stored-artifact.ts';
import type { ArtifactStore } from '../ports/artifacts.ts';
import { hint } from '../schema/did-you-mean.ts';
import { ruled } from '../schema/faults.ts';
import { answers, strict, Time, type InNamespace } from './resource.ts';

// The artifact store, in the words of VVP's gateway.

const ArtifactMetadataSchema = Type.Object(
  {
    filename: Type.String(),
    uri: Type.String({ description: 'For `jarUri` of a Deployment of the same namespace.' }),
    createTime: Time,
    size: Type.Integer({ description: 'Bytes.' }),
    sha256: Type.String({ description: 'Of the bytes, in hexadecimal.' }),
  },
  { title: 'ArtifactMetadata' },
);

export const ArtifactSchema = Type.Object({ artifact: ArtifactMetadataSchema }, { title: 'ArtifactResponse' });
export const ArtifactListSchema = Type.Object({ artifacts: Type.Array(ArtifactMetadataSchema) }, { title: 'ListArtifactsResponse' });

const NameQuery = Type.Object({ filename: ruled('The name that it was uploaded under.', filenameFault) }, strict);
type AtName = InNamespace & { Querystring: Static<typeof NameQuery> };

const Form = Type.Object(
  { file: Type.String({ format: 'binary', description: 'Its file name is the name in the store.' }) },
  { title: 'UploadArtifactForm' },
);

const view = ({ namespace, filename, createdAt, size, sha256 }: StoredArtifact): Static<typeof ArtifactMetadataSchema> => ({
  filename,
  uri: artifactUri(namespace, filename),
  createTime: createdAt.toISOString(),
  size,
  sha256,
});

/** `/artifacts:list|upload|getMetadata|delete`: jars that Deployments name by `artifact:` URIs. */
export function artifactRoutes(app: FastifyInstance, artifacts: ArtifactStore): void {
  // One byte more than may be, so that the store tells what is too large.
  const limits = { files: 1, fields: 0, parts: 1, fileSize: artifacts.maxBytes + 1 };
  void app.register(multipart, { limits, throwFileSizeLimit: false, preservePath: true });

  const absent = async (namespace: string, filename: string): Promise<never> => {
    const names = (await artifacts.list(namespace)).slice(0, 20).map((one) => one.filename);
    throw new DreyError('notFound', `there is no artifact "${filename}"${names.length === 0 ? '' : hint(filename, names)}`);
  };

  app.get<InNamespace>('/artifacts::list', { schema: answers({ 200: ArtifactListSchema }) }, async ({ params: { namespace } }) => ({
    artifacts: (await artifacts.list(namespace)).map(view),
  }));

  app.get<AtName>(
    '/artifacts::getMetadata',
    { schema: { querystring: NameQuery, ...answers({ 200: ArtifactSchema }) } },
    async ({ params: { namespace }, query: { filename } }) => ({
      artifact: view((await artifacts.find(namespace, filename)) ?? (await absent(namespace, filename))),
    }),
  );

  app.post<InNamespace>(
    '/artifacts::upload',
    { schema: { body: Form, consumes: ['multipart/form-data'], ...answers({ 200: ArtifactSchema }) } },
    async (request) => {
      const { filename, file } = await fileIn(request);
      const fault = filenameFault(filename);
      if (fault !== undefined) throw drained(request, new DreyError('badRequest', fault));
      try {
        return { artifact: view(await artifacts.upload(request.params.namespace, filename, bytesOf(file))) };
      } catch (error) {
        throw isDreyError(error) ? drained(request, error) : error;
      }
    },
  );

  app.delete<AtName>(
    '/artifacts::delete',
    { schema: { querystring: NameQuery, ...answers({ 200: Type.Object({}, { title: 'DeleteArtifactResponse' }) }) } },
    async ({ params: { namespace }, query: { filename } }) =>
      (await artifacts.remove(namespace, filename)) ? {} : absent(namespace, filename),
  );
}

/** The one file of the form. */
async function fileIn(request: FastifyRequest): Promise<MultipartFile> {
  if (!request.isMultipart()) {
    throw drained(request, new DreyError('unsupportedMediaType', 'send the file as multipart/form-data, in the field "file"'));
  }
  const part = await request.file().catch((error: unknown) => {
    throw drained(request, broken(error));
  });
  if (part?.fieldname === 'file') return part;
  const what = part === undefined ? 'the form has no file in it' : `the file is in the field "${part.fieldname}"`;
  throw drained(request, new DreyError('badRequest', `${what}; send one, in the field "file"`));
}

/** What a stream of the form throws is the client's fault: the connection broke off, or the form does. */
async function* bytesOf(file: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* file;
  } catch (error) {
    throw broken(error);
  }
}

const broken = (cause: unknown): DreyError =>
  new DreyError('badRequest', `the form cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });

/** Reads on what is still to come and drops it: a client that is still sending would otherwise find a broken connection instead of the answer. */
function drained(request: FastifyRequest, error: DreyError): DreyError {
  request.raw.unpipe();
  request.raw.resume();
  return error;
}

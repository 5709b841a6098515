/** The method and the path of a request without what differs from one to the next: `GET /jobs/:id/metrics`. */
export const endpointName = (method: string, path: string): string =>
  `${method} ${path
    .replace(/\?.*$/s, '')
    .replace(/^\/(jobs|jars|applications)\/(?!(?:overview|upload)$)[^/]+/, '/$1/:id')
    .replace(/(\/sessions|\/operations|\/result)\/[^/]+/g, '$1/:id')
    .replace(/(\/savepoints|^\/savepoint-disposal)\/[^/]+$/, '$1/:id')}`;

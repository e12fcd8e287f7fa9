-- Kubernetes' user-facing ClusterRoles (test/models/kubernetes.json, from
-- plugin/pkg/auth/authorizer/rbac/bootstrappolicy/testdata/cluster-roles.yaml), and the
-- ClusterRoles that its documentation takes as examples.  R is kubernetes.io, "Using RBAC
-- Authorization".
--
-- A rule "verb on resource of API group" is the permission "group:resource:verb", with
-- nothing in front for the core group, and the slash of subresources as it is written:
-- pods/exec:create, apps:deployments/scale:update.  A ClusterRole that aggregates others
-- inherits them, all those that its label selects.  A RoleBinding is an assignment on a
-- namespace, a ClusterRoleBinding one on the cluster; a Role is a custom role of its
-- namespace; system:authenticated are the members of the cluster, and everyone
-- (system:authenticated and system:unauthenticated together) is user:*.
--
-- What cannot be said:
-- * resourceNames (a rule for one configmap): that needs a resource type for the
--   resource itself.
-- * Wildcards ('*') over verbs or resources: all_permissions where a role has all of its
--   type, else the list.
-- * nonResourceURLs keep their name without the slash in front, and without patterns.
-- * A ClusterRole with rules for the cluster and for namespaces (cluster-admin,
--   system:heapster) is a role of each type, the one the base role of the other.
-- * Labels do not select: who adds a ClusterRole with a label adds it to the "inherits" of
--   the ClusterRole that aggregates.
-- * The verbs bind and escalate: in authz nobody gives what they do not have, without
--   exception.
\i sql/include/fresh.sql
\pset format unaligned
\pset tuples_only on
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set model kubernetes
\set include :abs_srcdir '/sql/include/model.sql'
\i :include
\set ECHO all

SELECT * FROM pg_temp.load(:'document');

SELECT authz.create_resource('cluster:main');
SELECT count(authz.create_resource('namespace:' || n, 'cluster:main')) FROM unnest('{default,development,production,acme,my-namespace,kube-system}'::text[]) AS n;
SELECT count(authz.add_member('cluster:main', s)) FROM unnest('{user:jane,user:dave,user:mary,user:bob,user:ed,user:vi,user:nat,user:root,user:mon,user:eve,service_account:my-namespace:my-sa}'::text[]) AS s;
-- A Role, which belongs to its namespace.
SELECT authz.create_role('pod-reader', 'namespace', owner => 'namespace:default', permissions => '{pods:get,pods:watch,pods:list}') IS NOT NULL;
-- RoleBindings.
SELECT count(authz.grant_role(s, r, 'namespace:' || n)) FROM (VALUES
    ('user:jane',                            'pod-reader',    'default'),
    ('user:dave',                            'secret-reader', 'development'),
    ('user:bob',                             'admin',         'acme'),
    ('user:ed',                              'edit',          'default'),
    ('user:vi',                              'view',          'default'),
    ('user:nat',                             'cluster-admin', 'acme'),
    ('service_account:acme:myapp',           'view',          'acme')) AS b (s, r, n);
-- ClusterRoleBindings, of ClusterRoles for namespaces and of those for the cluster.
SELECT authz.create_team('team:manager', 'cluster:main'), authz.create_team('team:system:serviceaccounts:my-namespace', 'cluster:main');
SELECT authz.add_member('team:manager', 'user:mary'), authz.add_member('team:system:serviceaccounts:my-namespace', 'service_account:my-namespace:my-sa');
SELECT count(authz.grant_role(s, r, 'cluster:main', role_type => t)) FROM (VALUES
    ('team:manager',                         'secret-reader',             'namespace'),
    ('user:mon',                             'monitoring',                'namespace'),
    ('user:root',                            'cluster-admin',             'cluster'),
    ('service_account:kube-system:delegate', 'system:auth-delegator',     'cluster'),
    ('cluster:main#member',                  'system:basic-user',         'cluster'),
    ('user:*',                               'system:public-info-viewer', 'cluster')) AS b (s, r, t);
SELECT authz.grant_role('team:system:serviceaccounts:my-namespace', 'view', 'namespace:my-namespace') IS NOT NULL;

INSERT INTO decisions (subject, permission, resource, expected, source) VALUES
    ('user:jane', 'pods:get',                                      'namespace:default',     true,  'R: This allows "jane" to read pods in the "default" namespace'),
    ('user:jane', 'pods:get',                                      'namespace:development', false, 'R: A Role can only be used to grant access to resources within a single namespace'),
    ('user:jane', 'pods:delete',                                   'namespace:default',     false, 'R: pod-reader has the verbs get, watch, list; permissions are purely additive'),
    ('user:jane', 'pods/log:get',                                  'namespace:default',     false, 'R: to read both pods and pod logs, you would write both'),
    ('user:dave', 'secrets:get',                                   'namespace:development', true,  'R: "dave" will only be able to read secrets in the "development" namespace'),
    ('user:dave', 'secrets:get',                                   'namespace:default',     false, 'R: "dave" will only be able to read secrets in the "development" namespace'),
    ('user:mary', 'secrets:list',                                  'namespace:production',  true,  'R: any user in the group "manager" to read secrets in any namespace'),
    ('user:mary', 'secrets:delete',                                'namespace:production',  false, 'R: secret-reader has the verbs get, watch, list'),
    ('user:bob',  'rbac.authorization.k8s.io:roles:create',        'namespace:acme',        true,  'R, admin: including the ability to create roles and rolebindings within the namespace'),
    ('user:bob',  'rbac.authorization.k8s.io:rolebindings:create', 'namespace:acme',        true,  'R, admin: including the ability to create roles and rolebindings within the namespace'),
    ('user:bob',  'rbac.authorization.k8s.io:roles:create',        'namespace:default',     false, 'R: within the namespace "acme", grant admin to "bob"'),
    ('user:bob',  'resourcequotas:update',                         'namespace:acme',        false, 'R, admin: does not allow write access to resource quota'),
    ('user:bob',  'namespaces:delete',                             'namespace:acme',        false, 'R, admin: does not allow write access to the namespace itself'),
    ('user:bob',  'apps:deployments:create',                       'namespace:acme',        true,  'R, admin: read/write access to most resources in a namespace'),
    ('user:ed',   'apps:deployments/scale:update',                 'namespace:default',     true,  'R, edit: read/write access to most objects in a namespace'),
    ('user:ed',   'pods:list',                                     'namespace:default',     true,  'R, edit: read/write access to most objects in a namespace'),
    ('user:ed',   'rbac.authorization.k8s.io:roles:get',           'namespace:default',     false, 'R, edit: does not allow viewing or modifying roles or rolebindings'),
    ('user:ed',   'rbac.authorization.k8s.io:rolebindings:update', 'namespace:default',     false, 'R, edit: does not allow viewing or modifying roles or rolebindings'),
    ('user:vi',   'services:list',                                 'namespace:default',     true,  'R, view: read-only access to see most objects in a namespace'),
    ('user:vi',   'pods:create',                                   'namespace:default',     false, 'R, view: read-only access'),
    ('user:vi',   'secrets:get',                                   'namespace:default',     false, 'R, view: does not allow viewing secrets, since those are escalating'),
    ('user:vi',   'rbac.authorization.k8s.io:rolebindings:list',   'namespace:default',     false, 'R, view: does not allow viewing roles or rolebindings'),
    ('user:ed',   'stable.example.com:crontabs:create',            'namespace:default',     true,  'R, aggregation: let the "admin" and "edit" default roles manage CronTabs'),
    ('user:bob',  'stable.example.com:crontabs:delete',            'namespace:acme',        true,  'R, aggregation: let the "admin" and "edit" default roles manage CronTabs'),
    ('user:vi',   'stable.example.com:crontabs:get',               'namespace:default',     true,  'R, aggregation: the "view" role perform read-only actions on the resource'),
    ('user:vi',   'stable.example.com:crontabs:update',            'namespace:default',     false, 'R, aggregation: the "view" role perform read-only actions on the resource'),
    ('user:mon',  'endpoints:watch',                               'namespace:production',  true,  'R, aggregation: these rules will be added to the "monitoring" role'),
    ('user:mon',  'secrets:get',                                   'namespace:production',  false, 'R, aggregation: unioning the rules of any ClusterRole that matches'),
    ('user:root', 'nodes:delete',                                  'cluster:main',          true,  'R, cluster-admin in a ClusterRoleBinding: full control over every resource in the cluster'),
    ('user:root', 'secrets:delete',                                'namespace:kube-system', true,  'R, cluster-admin in a ClusterRoleBinding: and in all namespaces'),
    ('user:nat',  'namespaces:delete',                             'namespace:acme',        true,  'R, cluster-admin in a RoleBinding: including the namespace itself'),
    ('user:nat',  'pods:get',                                      'namespace:default',     false, 'R, cluster-admin in a RoleBinding: every resource in the rolebinding''s namespace'),
    ('user:nat',  'nodes:get',                                     'cluster:main',          false, 'R: because a Node is cluster-scoped, this must be bound with a ClusterRoleBinding'),
    ('user:eve',  'authorization.k8s.io:selfsubjectaccessreviews:create', 'cluster:main',   true,  'R: system:basic-user is bound to the system:authenticated group'),
    ('user:stranger', 'authorization.k8s.io:selfsubjectaccessreviews:create', 'cluster:main', false, 'R, system:basic-user: prior to 1.14 also bound to system:unauthenticated'),
    ('user:stranger', 'healthz:get',                               'cluster:main',          true,  'R: system:public-info-viewer is bound to system:authenticated and system:unauthenticated'),
    ('user:eve',  'pods:list',                                     'namespace:default',     false, 'R: permissions are purely additive'),
    ('service_account:acme:myapp',           'pods:get',           'namespace:acme',        true,  'R: the view ClusterRole to the service account in the namespace "acme" named "myapp"'),
    ('service_account:acme:myapp',           'pods:get',           'namespace:default',     false, 'R: within the namespace "acme"'),
    ('service_account:my-namespace:my-sa',   'pods:get',           'namespace:my-namespace', true, 'R: read-only permission to all service accounts in that namespace'),
    ('service_account:my-namespace:default', 'pods:get',           'namespace:my-namespace', false, 'R: grant no permissions to service accounts outside kube-system; not in the group here'),
    ('service_account:kube-system:delegate', 'authentication.k8s.io:tokenreviews:create', 'cluster:main', true, 'R, system:auth-delegator: allows delegated authentication and authorization checks');
SELECT * FROM pg_temp.decide();

-- "In this case rules can be added to the monitoring ClusterRole by creating another
-- ClusterRole that has the label."
SELECT * FROM authz.apply('{"roles": [
    {"name": "monitoring-logs", "resource_type": "namespace", "permissions": ["pods/log:get"]},
    {"name": "monitoring", "resource_type": "namespace", "inherits": ["monitoring-endpoints", "monitoring-logs"]}]}');
INSERT INTO decisions (subject, permission, resource, expected, source) VALUES
    ('user:mon', 'pods/log:get', 'namespace:production', true, 'R, aggregation: creating a ClusterRole that matches will add rules to the aggregated ClusterRole'),
    ('user:mon', 'pods:watch',   'namespace:production', true, 'R, aggregation: unioning the rules of any ClusterRole that matches');
SELECT * FROM pg_temp.decide();

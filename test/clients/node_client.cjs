// What node-postgres and the libraries on it (Prisma's adapter, Drizzle, Kysely, Sequelize, TypeORM) send.
const { Client } = require('pg');

let failures = 0;
function check(name, got, wanted) {
    if (JSON.stringify(got) !== JSON.stringify(wanted)) {
        failures++;
        console.log(`${name}: got ${JSON.stringify(got)}, wanted ${JSON.stringify(wanted)}`);
    }
}

async function session(subject) {
    const client = new Client({ host: process.env.PGHOST });
    await client.connect();
    await client.query('SET SESSION AUTHORIZATION regress_authz_app');
    await client.query("SELECT set_config('authz.subject', $1, false)", [subject]);
    return client;
}

async function refused(client, name, code, text, values) {
    try {
        await client.query(text, values);
        check(name, 'done', code);
    } catch (error) {
        check(name, error.code, code);
    }
}

async function main() {
    const olga = await session('user:olga');
    const otto = await session('user:otto');
    const create = 'INSERT INTO projects (id, organization_id, name) VALUES ($1, $2, $3) RETURNING id, organization_id, name';
    const upsert = 'INSERT INTO projects VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING name';

    // int8 comes and goes as text.
    check('create', (await olga.query(create, ['3000', 1, 'n1'])).rows, [{ id: '3000', organization_id: 1, name: 'n1' }]);
    for (let i = 1; i < 12; i++)
        check('prepared', (await olga.query({ name: 'create', text: create, values: [3000 + i, 1, `n${3000 + i}`] })).rows[0].id, String(3000 + i));
    check('upsert of a new row', (await olga.query(upsert, [3050, 1, 'new'])).rows, [{ name: 'new' }]);
    check('upsert of an old row', (await olga.query(upsert, [3050, 1, 'old'])).rows, [{ name: 'old' }]);
    check('update of all columns', (await olga.query(
        'UPDATE projects SET id = $1, organization_id = $2, name = $3 WHERE id = $1 RETURNING *', [3000, 1, 'changed'])).rows,
        [{ id: '3000', organization_id: 1, name: 'changed' }]);
    check('many', (await olga.query(
        "INSERT INTO projects SELECT i, 1, 'g' || i FROM generate_series(3100, 3199) AS i RETURNING id")).rowCount, 100);
    check('question', (await olga.query(
        "SELECT authz.has_permission('project.edit', $1) AS yes, authz.has_permission('project.edit', $2::bigint) AS also", ['3000', 3000])).rows,
        [{ yes: true, also: true }]);
    await olga.query('BEGIN');
    await refused(olga, 'an error within a transaction', '23505', create, [3000, 1, 'twice']);
    await olga.query('ROLLBACK');
    await refused(otto, "another's organization", '42501', create, [3200, 1, 'z']);
    await refused(otto, "another's row", '42501', upsert, [3000, 2, 'taken']);
    await refused(olga, 'a move to where she may do nothing', '42704', 'UPDATE projects SET organization_id = 2 WHERE id = $1', [3000]);
    check('not seen', (await otto.query("UPDATE projects SET name = 'x' WHERE id = $1", [3000])).rowCount, 0);
    check('delete', (await olga.query('DELETE FROM projects WHERE id >= 3000 RETURNING id')).rowCount, 113);
    await olga.end();
    await otto.end();
    process.exit(failures ? 1 : 0);
}

main().catch(error => { console.log(error); process.exit(1); });

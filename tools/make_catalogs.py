#!/usr/bin/env python3
"""Make the model documents in src/catalogs from the catalogs of the two systems.

usage: make_catalogs.py github ORGANIZATION_PERMISSIONS REPOSITORY_PERMISSIONS ORGANIZATION_ROLES > github.json
       make_catalogs.py semaphore PERMISSIONS ROLES > semaphore.json

The arguments are CSV files.  What they do not say (the resource types, who
manages what, the owner's role) is written down here, with the reason.
"""

import csv
import json
import re
import sys


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def without_remarks(text):
    """Remove what the catalogs say about themselves rather than about the permission."""
    return re.sub(r" *\((?:seed has |NB: )[^)]*\)| *\(marked in seed\)", "", text)


def entry(**attributes):
    """An entry of the document: without the attributes that are None."""
    return {name: value for name, value in attributes.items() if value is not None}


def github(organization_permissions, repository_permissions, organization_roles):
    levels = ["read", "triage", "write", "maintain", "admin"]
    owners = {"role": "organization:owner"}

    def role_management(kind):
        # Who manages roles may view them as well.
        read = f"read_organization_custom_{kind}_role"
        write = f"write_organization_custom_{kind}_role"
        return {
            "view_roles": [read, write],
            "create_role": write,
            "alter_role": write,
            "drop_role": write,
        }

    resource_types = [
        entry(
            name="organization",
            description="An organization: owns repositories, teams and custom roles",
            has_members=True,
            roles_for="members",
            max_custom_roles=20,
            base_permissions=["none", "read", "write", "admin"],
            # A custom role may hold every permission there is, and its holders
            # are still not owners: so these operations name the role.
            management=role_management("org")
            | {"assign_role": owners, "manage_members": owners, "manage_resources": owners},
        ),
        entry(
            name="repository",
            parent="organization",
            description="A repository of an organization",
            # Outside collaborators hold roles on single repositories.
            roles_for="anyone",
            exclusive_roles=True,
            max_custom_roles=20,
            management=role_management("repo")
            | {"assign_role": "admin", "manage_resources": owners, "drop_resource": "admin"},
        ),
    ]

    permissions = [
        entry(
            name=row["name"],
            resource_type="organization",
            category=row["category"],
            description=row["label"] + (f" ({without_remarks(row['note'])})" if row["note"] else ""),
        )
        for row in organization_permissions
    ]
    permissions += [
        entry(
            name=row["name"],
            resource_type="repository",
            category=row["category"],
            description=row["label"],
            assignable=False if row["category"] == "Access level" else None,
            requires=["push"] if row["name"] in ("push_protected_branch", "bypass_branch_protection") else None,
        )
        for row in repository_permissions
    ]

    descriptions = {
        "read": "Read and clone the repository, open and comment on issues and pull requests",
        "triage": "Manage issues and pull requests without write access",
        "write": "Push to the repository, manage issues and pull requests",
        "maintain": "Manage the repository without access to sensitive or destructive actions",
        "admin": "Full access to the repository, including sensitive and destructive actions",
    }
    roles = [
        entry(
            name=level,
            resource_type="repository",
            description=descriptions[level],
            permissions=[row["name"] for row in repository_permissions if row["lowest_base_role"] == level],
            inherits=levels[index - 1] if index > 0 else None,
            extensible=False if level == "admin" else None,
        )
        for index, level in enumerate(levels)
    ]
    roles.append(
        entry(
            name="owner",
            resource_type="organization",
            description="Full control of the organization and of all its repositories",
            all_permissions=True,
            base_roles=["repository:admin"],
            min_holders=1,
            protected=True,
        )
    )
    roles += [
        entry(
            name=row["role"],
            resource_type="organization",
            description=row["label"],
            permissions=row["permissions"].split("|") if row["permissions"] else None,
            base_roles=[f"repository:{row['base_role']}"] if row["base_role"] else None,
        )
        for row in organization_roles
    ]
    return {"resource_types": resource_types, "permissions": permissions, "roles": roles}


def semaphore(permission_rows, role_rows):
    # Custom roles of both types are managed in the organization.
    role_management = {
        "view_roles": "organization.roles.view",
        "create_role": "organization.roles.create",
        "alter_role": "organization.roles.modify",
        "drop_role": "organization.roles.remove",
    }
    resource_types = [
        entry(
            name="organization",
            description="An organization: owns projects, groups and custom roles",
            has_members=True,
            roles_for="members",
            exclusive_roles=True,
            descendant_permissions=False,
            nested_teams=False,
            management=role_management
            | {
                "assign_role": "organization.people.change_role",
                "manage_members": "organization.people.invite",
                "remove_member": "organization.people.remove",
            },
        ),
        entry(
            name="project",
            parent="organization",
            description="A project of an organization",
            roles_for="members",
            exclusive_roles=True,
            default_permission="project.view",
            management=role_management
            | {
                "assign_role": "project.people.change_role",
                "manage_resources": "organization.projects.create",
                "drop_resource": "project.delete",
            },
        ),
    ]

    permissions = [
        entry(
            name=row["name"],
            resource_type=row["resource_type"],
            category=row["category"],
            description=without_remarks(row["description"]),
            status=row["status"],
        )
        for row in permission_rows
    ]

    descriptions = {
        ("organization", "Owner"): "Everything in the organization and in all its projects",
        ("organization", "Admin"): "Everything but what is the owner's alone; full control of all projects",
        ("organization", "Member"): "Create projects, use the organization's shared settings",
        ("project", "Admin"): "Full control of the project",
        ("project", "Contributor"): "Work in the project: run, stop and debug jobs, change its settings",
        ("project", "Reader"): "See the project and its results",
    }
    roles = []
    for (resource_type, name), description in descriptions.items():
        mine = [row for row in role_rows if (row["resource_type"], row["role"]) == (resource_type, name)]
        base = mine[0]["base_role_for_projects"]
        everything = [row["permission"] for row in mine] == ["*"]
        owner = (resource_type, name) == ("organization", "Owner")
        roles.append(
            entry(
                name=name,
                resource_type=resource_type,
                description=description,
                all_permissions=True if everything else None,
                permissions=None if everything else [row["permission"] for row in mine],
                base_roles=[f"project:{base}"] if base else None,
                min_holders=1 if owner else None,
                protected=True if owner else None,
            )
        )
    if {(role["resource_type"], role["name"]) for role in roles} != {(row["resource_type"], row["role"]) for row in role_rows}:
        sys.exit("the roles in the catalog are not the roles described here")
    return {"resource_types": resource_types, "permissions": permissions, "roles": roles}


def write(document):
    """One entry a line, so that a change of the catalog is a readable diff."""
    sections = []
    for name, entries in document.items():
        lines = ",\n".join("    " + json.dumps(entry, ensure_ascii=False) for entry in entries)
        sections.append(f'  "{name}": [\n{lines}\n  ]')
    print("{\n" + ",\n".join(sections) + "\n}")


def main():
    makers = {("github", 5): github, ("semaphore", 4): semaphore}
    maker = makers.get((sys.argv[1] if len(sys.argv) > 1 else None, len(sys.argv)))
    if maker is None:
        sys.exit(__doc__)
    write(maker(*(rows(path) for path in sys.argv[2:])))


main()

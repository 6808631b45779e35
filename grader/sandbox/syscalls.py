"""The system calls that student code has no use for, by reason, with their numbers on x86_64 and aarch64.

A number of None means that the processor's table lacks the call. Everything that is not listed here stays allowed:
a wrong answer for an exotic call would cost a student points, and the file, network and process walls stand besides.
Source: the kernel's arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
"""

__all__ = ["ABSENT", "ARCHITECTURES", "FIRST_UNKNOWN", "FORBIDDEN", "NUMBERS", "SIGNALS"]

#: machine -> (column in the tables below, AUDIT_ARCH constant)
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

#: calls from this number on are younger than this table; they answer ENOSYS, for which every C library has a way round
FIRST_UNKNOWN = 457

Numbers = dict[str, tuple[int | None, int | None]]

#: answered with EPERM
FORBIDDEN: dict[str, Numbers] = {
    "the network, and sockets of other programs": {
        "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "accept": (43, 202),
        "accept4": (288, 242),
    },
    "other programs, now that Python runs": {"execve": (59, 221), "execveat": (322, 281)},
    "the memory and descriptors of other processes": {
        "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
        "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "process_madvise": (440, 440),
        "process_mrelease": (448, 448), "migrate_pages": (256, 238), "move_pages": (279, 239),
    },
    "mounts and namespaces": {
        "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
        "setns": (308, 268), "unshare": (272, 97), "open_tree": (428, 428), "move_mount": (429, 429),
        "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
        "mount_setattr": (442, 442),
    },
    "parts of the kernel where most of its holes were": {
        "bpf": (321, 280), "userfaultfd": (323, 282), "perf_event_open": (298, 241), "add_key": (248, 217),
        "request_key": (249, 218), "keyctl": (250, 219), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
        "io_uring_register": (427, 427), "modify_ldt": (154, None), "uselib": (134, None),
    },
    "the kernel itself and the machine": {
        "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142), "init_module": (175, 105),
        "finit_module": (313, 273), "delete_module": (176, 106), "swapon": (167, 224), "swapoff": (168, 225),
        "acct": (163, 89), "quotactl": (179, 60), "quotactl_fd": (443, 443), "syslog": (103, 116),
        "settimeofday": (164, 170), "clock_settime": (227, 112), "clock_adjtime": (305, 266), "adjtimex": (159, 171),
        "sethostname": (170, 161), "setdomainname": (171, 162), "iopl": (172, None), "ioperm": (173, None),
        "nfsservctl": (180, 42), "lookup_dcookie": (212, 18), "vhangup": (153, 58), "sync": (162, 81),
        "syncfs": (306, 267), "personality": (135, 92), "sysfs": (139, None), "_sysctl": (156, None),
    },
    "files past the file rules: by handle, by watch, by their owner and mode": {
        "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "fanotify_init": (300, 262),
        "fanotify_mark": (301, 263), "inotify_init": (253, None), "inotify_init1": (294, 26),
        "inotify_add_watch": (254, 27), "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53),
        "fchmodat2": (452, 452), "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54),
        "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14),
        "lremovexattr": (198, 15), "fremovexattr": (199, 16), "utime": (132, None), "utimes": (235, None),
        "utimensat": (280, 88), "futimesat": (261, None), "truncate": (76, 45), "mknod": (133, None),
        "mknodat": (259, 33),
    },
    "memory that no limit counts, or that stays when the process is gone": {
        "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "shmat": (30, 196),
        "shmctl": (31, 195), "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187),
        "semget": (64, 190), "semop": (65, 193), "semctl": (66, 191), "semtimedop": (220, 192), "mq_open": (240, 180),
        "mq_unlink": (241, 181),
    },
    "the processor share of other processes": {
        "setpriority": (141, 140), "ioprio_set": (251, 30), "sched_setscheduler": (144, 119),
        "sched_setparam": (142, 118), "sched_setattr": (314, 274),
    },
}  # fmt: skip

#: signals to others; forbidden where nothing finer confines them
SIGNALS: Numbers = {
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "pidfd_send_signal": (424, 424),
}  # fmt: skip

#: answered with ENOSYS, so that the C library takes an older call whose arguments the filter can read
ABSENT: Numbers = {"clone3": (435, 435), "openat2": (437, 437)}

#: allowed by their arguments
NUMBERS: Numbers = {
    "clone": (56, 220), "socketpair": (53, 199), "prlimit64": (302, 261), "sched_setaffinity": (203, 122),
    "ioctl": (16, 29), "fcntl": (72, 25), "rt_sigaction": (13, 134), "prctl": (157, 167),
}  # fmt: skip
